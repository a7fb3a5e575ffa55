import { chmod, chown, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "@hud-ts/core/adapter";
import type { SweeperV1, Swept } from "@hud-ts/core/spec";
import { removeTree } from "../../beneath/remove-tree.ts";
import { isGone, type Owner } from "../../sandbox/owner.ts";
import { createStateDirectory, OWNER_FILE, stateRoot } from "../../sandbox/state-root.ts";
import { unmount } from "./overlay.ts";

const KIND = "workspaces";

/** A private directory, removed with all that is mounted in it when disposed. */
export interface StateHome extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a private directory under the state root, and removes those that processes which are gone left there.
 *
 * @param passage gid that may pass through, beside root
 */
export async function createStateHome(passage?: number): Promise<StateHome> {
  for (const { path } of await abandonedHomes()) await removeHome(path).catch(() => {}); // somebody else may be at it too
  const { path } = await createStateDirectory(KIND);
  if (passage !== undefined) await chown(path, -1, passage);
  await chmod(path, passage === undefined ? 0o700 : 0o710);
  return { path, [Symbol.asyncDispose]: () => removeHome(path) };
}

/** Finds what workspaces of killed processes left: their directories, with what is mounted there. */
export function workspaceSweeper(): SweeperV1 {
  return {
    id: "workspace",
    async sweep({ owner: wanted, expiredBefore, dryRun, signal }) {
      const swept: Swept[] = [];
      for (const { path, owner, madeAt } of await abandonedHomes()) {
        signal.throwIfAborted();
        if (madeAt >= expiredBefore || (wanted !== undefined && wanted !== owner)) continue;
        const entry = { kind: "workspace", name: path, owner };
        const failure = dryRun ? undefined : await removeHome(path).then(() => undefined, errorText);
        swept.push({
          ...entry,
          removed: !dryRun && failure === undefined,
          ...(failure !== undefined && { error: failure }),
        });
      }
      return swept;
    },
  };
}

interface AbandonedHome {
  readonly path: string;
  readonly owner: string;
  readonly madeAt: Date;
}

async function abandonedHomes(): Promise<readonly AbandonedHome[]> {
  const parent = join(await stateRoot(), KIND);
  const homes = await Promise.all((await readdir(parent).catch(() => [])).map((name) => abandoned(join(parent, name))));
  return homes.filter((home) => home !== undefined);
}

async function abandoned(path: string): Promise<AbandonedHome | undefined> {
  try {
    const file = join(path, OWNER_FILE);
    const owner = JSON.parse(await readFile(file, "utf8")) as Owner;
    if (!(await isGone(owner))) return undefined;
    return { path, owner: `process ${owner.pid}`, madeAt: (await stat(file)).mtime };
  } catch {
    return undefined; // being made, or removed by another process
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
