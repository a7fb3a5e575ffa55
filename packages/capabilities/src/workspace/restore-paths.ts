import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { copyTree } from "../beneath/copy-tree.ts";
import { removeTree } from "../beneath/remove-tree.ts";

/** Where paths are put back, and from where. Nobody else writes to either meanwhile. */
export interface RestoreOptions {
  readonly from: string;
  readonly to: string;
  /** Who what is put back belongs to. */
  readonly owner: number | undefined;
}

/**
 * Puts paths back to what they are in another tree: content, kind and modes; what is not there is removed. Links that stand
 * in the way are replaced, never followed.
 *
 * @param paths relative to both trees, without `..`
 */
export async function restorePaths(paths: readonly string[], { from, to, owner }: RestoreOptions): Promise<void> {
  for (const path of paths) {
    await clear(to, path.split("/"));
    await copyTree(from, to, {
      exclude: (entry) => !related(entry, path),
      ...(owner !== undefined && { uid: owner }),
    });
  }
}

/** Removes what stands at a path, or the first thing on the way to it that is no directory. */
async function clear(root: string, parts: readonly string[]): Promise<void> {
  for (let length = 1; length <= parts.length; length++) {
    const at = join(root, ...parts.slice(0, length));
    const found = await lstat(at).catch(() => undefined);
    if (found === undefined) return;
    if (length === parts.length || !found.isDirectory()) return await removeTree(at);
  }
}

/** Whether an entry is the path, leads to it, or lies beneath it. */
function related(entry: string, path: string): boolean {
  return entry === path || path.startsWith(`${entry}/`) || entry.startsWith(`${path}/`);
}
