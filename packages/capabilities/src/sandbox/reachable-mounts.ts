import { chmod, cp, lstat, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Scope, SdkError } from "@hud-ts/core/adapter";
import type { Mount, SandboxUids } from "./contract.ts";
import { mayPass } from "./reachable.ts";
import { createStateDirectory, type StateDirectory } from "./state-root.ts";

const OTHERS_READ = 0o4;

/**
 * The mounts with sources that a sandbox's users can reach and read: what is read-only and is not so, as below a private home,
 * is copied for this sandbox alone. Without users of their own, everything is left as it is.
 *
 * @throws INVALID_OPTION when a source is not there, or is writable and cannot be reached
 */
export async function reachableMounts(
  mounts: readonly Mount[],
  { uids, resources }: { readonly uids: SandboxUids | undefined; readonly resources: Scope },
): Promise<readonly Mount[]> {
  let copies: StateDirectory | undefined;
  const reachable: Mount[] = [];
  for (const [index, mount] of mounts.entries()) {
    if (await isReachable(mount, uids)) {
      reachable.push(mount);
      continue;
    }
    copies ??= resources.use(await createStateDirectory("mounts"));
    reachable.push({ ...mount, source: await copyReadable(mount.source, join(copies.path, String(index))) });
  }
  return reachable;
}

async function isReachable({ source, readOnly = true }: Mount, uids: SandboxUids | undefined): Promise<boolean> {
  const stats = await stat(source).catch((cause: unknown) => {
    throw new SdkError({ code: "INVALID_OPTION", message: `a mount's source must exist, got ${source}`, cause });
  });
  if (uids === undefined) return true;
  const passable = await mayPass(dirname(source), { uid: uids.supervisor, gid: uids.supervisor });
  const readable = (stats.mode & OTHERS_READ) !== 0 || Object.values(uids).includes(stats.uid);
  if (readOnly || passable) return passable && readable;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `a writable mount must lie where every user may pass, got ${source}`,
    hint: "Put it below directories that are open to all (mode 0711 is enough), or mount it read-only: then it is copied.",
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
