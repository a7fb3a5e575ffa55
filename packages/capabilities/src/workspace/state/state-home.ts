import { createHash } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { identifyProcess, randomId } from "@hud-ts/core/adapter";
import { removeTree } from "../../beneath/remove-tree.ts";
import { unmount } from "./overlay.ts";

/** A private directory, removed with all that is mounted in it when disposed. */
export interface StateHome extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a private directory under `root`, and removes those that processes which are gone left there.
 *
 * @param root made when it is not there; its parent must keep strangers out
 * @param passage gid that may pass through, beside root
 */
export async function createStateHome(root: string, passage?: number): Promise<StateHome> {
  await mkdir(root, { recursive: true, mode: 0o711 });
  await sweepAbandoned(root);
  const path = join(root, `${await ownerMark(process.pid)}-${randomId()}`);
  await mkdir(path, { mode: 0o700 });
  if (passage !== undefined) await chown(path, -1, passage);
  await chmod(path, passage === undefined ? 0o700 : 0o710);
  return { path, [Symbol.asyncDispose]: () => removeHome(path) };
}

/** Removes the directories, and their mounts, of processes that are gone. */
export async function sweepAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (await isAbandoned(name)) await removeHome(join(root, name)).catch(() => {}); // another process may be at it too
  }
}

async function removeHome(path: string): Promise<void> {
  for (const point of (await mountsBeneath(path)).reverse()) await unmount(point);
  await removeTree(path);
}

async function mountsBeneath(path: string): Promise<string[]> {
  const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => ""); // no /proc, no mounts of ours
  return table
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point.startsWith(`${path}/`));
}

async function isAbandoned(name: string): Promise<boolean> {
  const [, namespace, pid] = /^([0-9]+)-([0-9]+)-[0-9a-f]{12}-[0-9a-f]{32}$/.exec(name) ?? [];
  // Processes of another pid namespace cannot be told apart from dead ones.
  if (namespace === undefined || namespace !== (await pidNamespace())) return false;
  return !name.startsWith(`${await ownerMark(Number(pid))}-`);
}

/** Names a process for good: a later one with the same pid is marked otherwise. */
async function ownerMark(pid: number): Promise<string> {
  const identity = await identifyProcess(pid);
  const start = createHash("sha256").update(String(identity?.startedAt)).digest("hex").slice(0, 12);
  return `${await pidNamespace()}-${pid}-${start}`;
}

async function pidNamespace(): Promise<string> {
  const link = await readlink("/proc/self/ns/pid").catch(() => ""); // only Linux has them
  return /\d+/.exec(link)?.[0] ?? "0";
}
