import type { Directory, RawName } from "./directory.ts";
import { errnoOf } from "./refusal.ts";
import { emptied, removeLeaf } from "./remove-tree.ts";

const MAX_ATTEMPTS = 8;

/** Runs `create`, which fails where the name is taken, and clears the name for it: a link goes itself, a directory with its content. */
export function replacing<T>(parent: Directory, name: RawName, create: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return create();
    } catch (error) {
      if (errnoOf(error) !== "EEXIST" || attempt === MAX_ATTEMPTS) throw error;
    }
    if (!removeLeaf(parent, name)) removeDirectory(parent, name);
  }
}

function removeDirectory(parent: Directory, name: RawName): void {
  using tree = parent.directory(name);
  for (const _step of emptied(tree));
  removeLeaf(parent, name);
}
