import { renameSync, rmdirSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import { randomId } from "@hud-ts/core/adapter";
import { Directory, type RawName, rawName } from "./directory.ts";
import { errnoOf } from "./refusal.ts";
import { inSlices } from "./slices.ts";

// Rounds in which something new had appeared: nobody should be writing, and somebody who is must not hold us for ever.
const MAX_ROUNDS_WITH_NEWCOMERS = 64;

/**
 * Removes a directory and all that lies in it: whoever it belongs to, whatever its modes, however deep it is nested.
 * No link is followed and no other file system is entered. What is not there is no error.
 *
 * @throws the system's EBUSY for a mount point inside, ENOTEMPTY while somebody keeps adding to it
 */
export async function removeTree(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
  using parent = openOrNothing(dirname(path));
  if (parent === undefined) return;
  const name = rawName(basename(path));
  if (removeLeaf(parent, name)) return;
  {
    using tree = parent.directory(name);
    await inSlices(emptied(tree), options.signal);
  }
  rmdirSync(parent.at(name));
}

/** Empties an open directory. */
export function* emptied(tree: Directory): Generator<undefined, void> {
  // Directories are moved to the top before they are emptied: no depth of nesting costs a descriptor or a path too long.
  const mark = `.${randomId()}-`;
  const device = tree.stat().dev;
  tree.own();
  let moved = 0;
  for (let newcomers = 0; newcomers < MAX_ROUNDS_WITH_NEWCOMERS; ) {
    const names = tree.entries().map((entry) => entry.name);
    if (names.length === 0) return;
    if (names.some((name) => !name.startsWith(mark))) newcomers += 1;
    for (const name of names) {
      yield;
      if (removeLeaf(tree, name)) continue;
      using directory = openUnlessChanged(tree, name);
      if (directory === undefined) continue; // looked at again in the next round, of which there is a last one
      if (directory.stat().dev !== device) throw mountPoint(name);
      directory.own();
      for (const child of directory.entries()) {
        yield;
        if (!removeLeaf(directory, child.name)) lift(directory, child.name, tree.at(`${mark}${moved++}`));
      }
      removeLeaf(tree, name);
    }
  }
}

/** Removes a file, link or empty directory; false for a directory with something in it. */
export function removeLeaf(parent: Directory, name: RawName): boolean {
  try {
    unlinkSync(parent.at(name));
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT") return true;
    if (code !== "EISDIR" && code !== "EPERM") throw error;
  }
  try {
    rmdirSync(parent.at(name));
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT") return true;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") return false;
    throw error;
  }
}

function lift(from: Directory, name: RawName, to: Buffer): void {
  try {
    renameSync(from.at(name), to);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT") return; // gone meanwhile, which is what was wanted
    if (code !== "EACCES") throw error;
    // Moving a directory changes its "..": without the capability to override modes it must be writable itself.
    using directory = from.directory(name);
    directory.own();
    renameSync(from.at(name), to);
  }
}

/** The directory of that name; undefined when something else was put in its place since it was looked at. */
function openUnlessChanged(parent: Directory, name: RawName): Directory | undefined {
  try {
    return parent.directory(name);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
    throw error;
  }
}

function openOrNothing(path: string): Directory | undefined {
  try {
    return Directory.open(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function mountPoint(name: RawName): Error {
  return Object.assign(new Error(`EBUSY: ${JSON.stringify(name)} is a mount point`), { code: "EBUSY" });
}
