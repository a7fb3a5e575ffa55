import { constants, fchownSync, mkdirSync, renameSync, unlinkSync } from "node:fs";
import { open } from "node:fs/promises";
import { randomId } from "@hud-ts/core/adapter";
import { Directory } from "./directory.ts";
import { partsBeneath, refusing } from "./open-beneath.ts";
import { errnoOf } from "./refusal.ts";

/** How a file beneath a root is written. */
export interface WriteBeneathOptions {
  /** Who it and the directories made for it belong to, group included. @default this process */
  readonly uid?: number;
  /** Permission bits. @default 0o644 */
  readonly mode?: number;
  readonly signal?: AbortSignal;
}

/**
 * Writes a file beneath a directory that somebody else may be changing. Missing directories are made; whatever stood
 * at the name is replaced in one step, a link itself and not what it points to.
 *
 * @throws TOOL_INPUT_INVALID for a path out of the root or over a link; the system's EISDIR where a directory stands
 */
export async function writeBeneath(
  root: string,
  relative: string,
  options: WriteBeneathOptions & { readonly data: string | Uint8Array },
): Promise<void> {
  const parts = partsBeneath(relative);
  const name = parts[parts.length - 1] ?? "";
  using parent = madeBeneath(root, { parts: parts.slice(0, -1), relative, uid: options.uid });
  const temporary = `.${randomId()}.part`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using handle = await open(parent.at(temporary), flags, 0o600);
  try {
    await handle.writeFile(options.data, { signal: options.signal });
    await handle.chmod((options.mode ?? 0o644) & 0o777);
    if (options.uid !== undefined) await handle.chown(options.uid, options.uid);
    renameSync(parent.at(temporary), parent.at(name));
  } catch (error) {
    try {
      unlinkSync(parent.at(temporary));
    } catch {
      // The first failure is the one to tell.
    }
    throw error;
  }
}

function madeBeneath(
  root: string,
  way: { readonly parts: readonly string[]; readonly relative: string; readonly uid: number | undefined },
): Directory {
  let directory = Directory.open(root);
  for (const part of way.parts) {
    using from = directory;
    const made = make(from, part);
    directory = refusing(way.relative, () => from.directory(part));
    if (made && way.uid !== undefined) fchownSync(directory.fd, way.uid, way.uid);
  }
  return directory;
}

function make(parent: Directory, name: string): boolean {
  try {
    mkdirSync(parent.at(name), 0o755);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}
