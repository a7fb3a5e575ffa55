import { chown, lstat, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../beneath/remove-tree.ts";

/** What is to stand at a place. */
export interface MountPlace {
  readonly root: string;
  /** Relative to the root, without `..`. */
  readonly path: string;
  readonly kind: "directory" | "file";
  readonly owner: number | undefined;
}

/**
 * Makes something that can be mounted upon, with real directories on the way: what an agent left in the place of one, a link
 * to elsewhere say, is removed. Nobody else writes to the root meanwhile.
 */
export async function makeMountPlace({ root, path, kind, owner }: MountPlace): Promise<void> {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length++) {
    const at = join(root, ...parts.slice(0, length));
    const directory = length < parts.length || kind === "directory";
    const found = await lstat(at).catch(() => undefined);
    if (directory ? found?.isDirectory() : found?.isFile()) continue;
    if (found !== undefined) await removeTree(at);
    if (directory) await mkdir(at, { mode: 0o755 });
    else await writeFile(at, "", { flag: "wx" });
    if (owner !== undefined) await chown(at, owner, owner);
  }
}
