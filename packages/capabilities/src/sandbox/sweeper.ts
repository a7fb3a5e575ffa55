import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "@hud-ts/core/adapter";
import type { SweeperV1, Swept } from "@hud-ts/core/spec";
import { deadControlGroups, removeControlGroup } from "./cgroup.ts";
import { isGone, type Owner } from "./owner.ts";
import { OWNER_FILE, stateRoot } from "./state-root.ts";
import { lockDirectory, releaseDeadSet } from "./uids.ts";

/** Something that a dead process left. */
interface Leftover {
  readonly kind: string;
  readonly name: string;
  readonly owner: string;
  readonly remove: () => Promise<unknown>;
}

/** Finds what sandboxes of killed processes left: uids that are still taken, directories, control groups. Processes and mounts end by themselves. */
export function sandboxSweeper(): SweeperV1 {
  return {
    id: "sandbox",
    async sweep({ owner, expiredBefore, dryRun, signal }) {
      const swept: Swept[] = [];
      for await (const leftover of leftovers(expiredBefore)) {
        signal.throwIfAborted();
        if (owner === undefined || owner === leftover.owner) swept.push(await sweepOne(leftover, dryRun));
      }
      return swept;
    },
  };
}

async function sweepOne({ kind, name, owner, remove }: Leftover, dryRun: boolean): Promise<Swept> {
  if (dryRun) return { kind, name, owner, removed: false };
  try {
    await remove();
    return { kind, name, owner, removed: true };
  } catch (error) {
    return { kind, name, owner, removed: false, error: errorText(error) };
  }
}

async function* leftovers(expiredBefore: Date): AsyncGenerator<Leftover> {
  yield* deadLocks(expiredBefore);
  const root = await stateRoot();
  for (const kind of await readdir(root)) yield* deadDirectories(join(root, kind), expiredBefore);
  for (const { path, pid } of await deadControlGroups()) {
    yield { kind: "control-group", name: path, owner: `process ${pid}`, remove: () => removeControlGroup(path) };
  }
}

async function* deadLocks(expiredBefore: Date): AsyncGenerator<Leftover> {
  const directory = await lockDirectory();
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const owner = await deadOwner(path, expiredBefore);
    if (owner === undefined) continue;
    const isLock = /^\d+$/.test(name);
    const remove = () => (isLock ? releaseDeadSet(directory, Number(name)) : rm(path, { force: true }));
    if (isLock || name.startsWith("new-")) yield { kind: "uids", name: path, owner, remove };
  }
}

async function* deadDirectories(parent: string, expiredBefore: Date): AsyncGenerator<Leftover> {
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    const owner = await deadOwner(join(path, OWNER_FILE), expiredBefore);
    if (owner !== undefined) {
      yield { kind: "directory", name: path, owner, remove: () => rm(path, { recursive: true, force: true }) };
    }
  }
}

/** The owner that a file tells of, when it is dead and the file is old enough. */
async function deadOwner(file: string, expiredBefore: Date): Promise<string | undefined> {
  try {
    const content = JSON.parse(await readFile(file, "utf8")) as Owner | { readonly owner: Owner };
    const owner = "owner" in content ? content.owner : content;
    const old = (await stat(file)).mtime < expiredBefore;
    return old && (await isGone(owner)) ? `process ${owner.pid}` : undefined;
  } catch {
    return undefined; // being written, or removed by another sweeper
  }
}
