import { type Dirent, fchmodSync, fchownSync, lchownSync, mkdirSync, readlinkSync, symlinkSync } from "node:fs";
import { copyFile, type FileContext } from "./copy-file.ts";
import { type Directory, nameText, type RawName } from "./directory.ts";
import { errnoOf } from "./refusal.ts";
import { replacing } from "./replacing.ts";
import type { Steps } from "./slices.ts";
import { reading, SourceFailure } from "./source-failure.ts";

// Two descriptors a level: deeper than trees that tools make, and far from the limit on open files.
const MAX_DEPTH = 200;

/** Two directories, one copied into the other. */
export interface DirectoryPair {
  readonly source: Directory;
  readonly target: Directory;
  /** From the root, with a slash at its end unless it is the root; for reports. */
  readonly path: string;
  readonly depth: number;
  /** Whether the target was made for this copy and gets the source's mode and the copy's owner. */
  readonly made: boolean;
}

/** What is the same for all of one copy. */
export interface CopyContext extends FileContext {
  readonly exclude: ((path: string) => boolean) | undefined;
}

/** Copies what lies in one directory into another. */
export function* copyEntries(pair: DirectoryPair, context: CopyContext): Steps {
  const { report } = context;
  for (const entry of reading(() => pair.source.entries(report.entriesLeft + 1))) {
    const path = pair.path + nameText(entry.name);
    if (context.exclude?.(path) === true) continue;
    if (report.entriesLeft === 0) {
      report.skip(path, "over-limit");
      break;
    }
    try {
      yield* copyEntry(pair, { entry, path }, context);
    } catch (error) {
      if (!(error instanceof SourceFailure)) throw error;
      report.skip(path, error.reason);
    }
    yield;
  }
  if (pair.made) finishDirectory(pair, context);
}

interface FoundEntry {
  readonly entry: Dirent;
  readonly path: string;
}

function* copyEntry(pair: DirectoryPair, found: FoundEntry, context: CopyContext): Steps {
  const { entry, path } = found;
  if (entry.isDirectory()) yield* copyDirectory(pair, found, context);
  else if (entry.isSymbolicLink()) copyLink(pair, entry.name, context);
  else if (entry.isFile()) {
    yield* copyFile({ source: pair.source, target: pair.target, name: entry.name, path }, context);
  } else context.report.skip(path, "special");
}

function* copyDirectory(pair: DirectoryPair, { entry, path }: FoundEntry, context: CopyContext): Steps {
  if (pair.depth >= MAX_DEPTH) return context.report.skip(path, "too-deep");
  using source = reading(() => pair.source.directory(entry.name));
  const made = makeDirectory(pair.target, entry.name);
  using target = pair.target.directory(entry.name);
  context.report.directory();
  yield* copyEntries({ source, target, path: `${path}/`, depth: pair.depth + 1, made }, context);
}

function copyLink(pair: DirectoryPair, name: RawName, { report, owner }: CopyContext): void {
  const destination = reading(() => readlinkSync(pair.source.at(name), { encoding: "buffer" }));
  replacing(pair.target, name, () => symlinkSync(destination, pair.target.at(name)));
  if (owner !== undefined) lchownSync(pair.target.at(name), owner.uid, owner.gid);
  report.link();
}

/** Makes a directory in the place of anything that is none; false when one was there. */
function makeDirectory(parent: Directory, name: RawName): boolean {
  let found = false;
  replacing(parent, name, () => {
    try {
      mkdirSync(parent.at(name), 0o700);
    } catch (error) {
      found = errnoOf(error) === "EEXIST" && isDirectory(parent, name);
      if (!found) throw error;
    }
  });
  return !found;
}

function isDirectory(parent: Directory, name: RawName): boolean {
  try {
    parent.directory(name)[Symbol.dispose]();
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR" || errnoOf(error) === "ELOOP") return false;
    throw error;
  }
}

function finishDirectory(pair: DirectoryPair, { owner }: CopyContext): void {
  fchmodSync(pair.target.fd, pair.source.stat().mode & 0o777);
  if (owner !== undefined) fchownSync(pair.target.fd, owner.uid, owner.gid);
}
