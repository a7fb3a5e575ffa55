import { mkdirSync } from "node:fs";
import { copyEntries } from "./copy-entries.ts";
import { CHUNK_BYTES, Cloner } from "./copy-file.ts";
import { type CopiedTree, CopyReport } from "./copy-report.ts";
import { Directory } from "./directory.ts";
import { errnoOf } from "./refusal.ts";
import { inSlices } from "./slices.ts";

const DEFAULT_MAX_BYTES = 4 * 1024 ** 3;
const DEFAULT_MAX_FILES = 1_000_000;

/** How a tree is copied. */
export interface CopyTreeOptions {
  /** Owner of every copy, as user and, unless `gid` is given, as group. @default this process */
  readonly uid?: number;
  readonly gid?: number;
  /** Most bytes, all files together. @default 4 GiB */
  readonly maxBytes?: number;
  /** Most entries. @default 1,000,000 */
  readonly maxFiles?: number;
  /** Entries left out, and all beneath them, by their path from the root. */
  readonly exclude?: (path: string) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * Copies a tree that somebody else may be changing at this moment. No link is followed on either side, links are copied
 * as links; modes (without setuid, setgid and sticky) and modification times are kept; pipes, sockets and devices are
 * left out and reported, as is what the limits exclude. An existing target is copied over: what it has beside stays,
 * what stands in the way goes.
 *
 * @throws the system's error when the target cannot be written (ENOSPC), the signal's reason
 */
export async function copyTree(from: string, to: string, options: CopyTreeOptions = {}): Promise<CopiedTree> {
  using source = Directory.open(from);
  const made = makeTarget(to);
  using target = Directory.open(to);
  const report = new CopyReport({
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    maxFiles: options.maxFiles ?? DEFAULT_MAX_FILES,
  });
  const owner = options.uid === undefined ? undefined : { uid: options.uid, gid: options.gid ?? options.uid };
  await inSlices(
    copyEntries(
      { source, target, path: "", depth: 0, made },
      { report, owner, exclude: options.exclude, cloner: new Cloner(), buffer: Buffer.allocUnsafe(CHUNK_BYTES) },
    ),
    options.signal,
  );
  return report.result();
}

function makeTarget(to: string): boolean {
  try {
    mkdirSync(to, { mode: 0o700 });
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}
