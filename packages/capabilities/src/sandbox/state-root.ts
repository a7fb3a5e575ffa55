import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import { thisOwner } from "./owner.ts";

/** File in a state directory that tells who made it. */
export const OWNER_FILE = ".owner.json";

/**
 * Where sandboxes keep what must lie on a disk: outside any project and its parents, whose permissions are somebody else's.
 * Others may pass through it (0711) and list nothing.
 */
export async function stateRoot(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const path = `/var/tmp/hud-${uid}`;
  await mkdir(path, { mode: 0o711 }).catch(unlessExists);
  const stats = await lstat(path);
  if (!stats.isDirectory() || stats.uid !== uid || (stats.mode & 0o022) !== 0) {
    throw new SdkError({
      code: "STORAGE_FAILED",
      message: `${path} is not a directory that only user ${uid} can write to`,
      hint: `Somebody else may have made it: remove it, and it is made anew.`,
    });
  }
  if ((stats.mode & 0o777) !== 0o711) await chmod(path, 0o711);
  return path;
}

/** A directory under the state root that a sweeper finds when its owner died. Disposing removes it. */
export interface StateDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a directory of its own under the state root.
 *
 * @param kind what it is for: a plural noun, the folder it lies in
 */
export async function createStateDirectory(kind: string): Promise<StateDirectory> {
  const parent = join(await stateRoot(), kind);
  await mkdir(parent, { mode: 0o711 }).catch(unlessExists);
  const path = join(parent, randomBytes(8).toString("hex"));
  await mkdir(path, { mode: 0o711 });
  await writeFile(join(path, OWNER_FILE), JSON.stringify(await thisOwner()), { mode: 0o600 });
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
