import { chmod, cp, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Scope, SdkError } from "@hud-ts/core/adapter";
import type { Mount } from "./contract.ts";
import { passableByOthers, readableByOthers } from "./reachable.ts";
import { createStateDirectory, type StateDirectory } from "./state-root.ts";

/**
 * The mounts with sources that a sandbox's users can reach: what is read-only and lies where they cannot, as below a private home,
 * is copied for this sandbox alone.
 */
export async function reachableMounts(mounts: readonly Mount[], resources: Scope): Promise<readonly Mount[]> {
  let copies: StateDirectory | undefined;
  const reachable: Mount[] = [];
  for (const [index, mount] of mounts.entries()) {
    if (await isReachable(mount)) {
      reachable.push(mount);
      continue;
    }
    copies ??= resources.use(await createStateDirectory("sandboxes"));
    reachable.push({ ...mount, source: await copyReadable(mount.source, join(copies.path, String(index))) });
  }
  return reachable;
}

async function isReachable({ source, readOnly = true }: Mount): Promise<boolean> {
  try {
    if (await (readOnly ? readableByOthers(source) : passableByOthers(join(source, "..")))) return true;
  } catch (cause) {
    throw new SdkError({ code: "INVALID_OPTION", message: `a mount's source must exist, got ${source}`, cause });
  }
  if (readOnly) return false;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `a writable mount must lie where every user may pass, got ${source}`,
    hint: "Put it below a directory that is open to all (mode 0711 is enough), or mount it read-only: then it is copied.",
  });
}

async function copyReadable(source: string, target: string): Promise<string> {
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
  await makeReadable(target);
  return target;
}

async function makeReadable(path: string): Promise<void> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) return;
  const executable = stats.isDirectory() || (stats.mode & 0o100) !== 0;
  await chmod(path, executable ? 0o755 : 0o644);
  if (!stats.isDirectory()) return;
  for (const name of await readdir(path)) await makeReadable(join(path, name));
}
