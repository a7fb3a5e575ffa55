import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from "node:fs";
import type { CopyReport } from "./copy-report.ts";
import type { Directory, RawName } from "./directory.ts";
import { replacing } from "./replacing.ts";
import type { Steps } from "./slices.ts";
import { reading } from "./source-failure.ts";

/** Bytes read and written at once. */
export const CHUNK_BYTES = 256 * 1024;
const SETUID_OR_SETGID = 0o6000;

/** Who copies belong to. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** One file to copy, by its name in both directories. */
export interface FilePair {
  readonly source: Directory;
  readonly target: Directory;
  readonly name: RawName;
  /** From the root, for reports. */
  readonly path: string;
}

/** What is the same for all files of one copy. */
export interface FileContext {
  readonly report: CopyReport;
  readonly owner: Owner | undefined;
  readonly cloner: Cloner;
  /** Of {@link CHUNK_BYTES}; one for all files, as nothing else runs between a read and its write. */
  readonly buffer: Buffer;
}

/** Copies one regular file; what is none by the time it is open is reported. */
export function* copyFile(file: FilePair, context: FileContext): Steps {
  const { report, owner } = context;
  using source = openFile(reading(() => file.source.file(file.name)));
  const found = fstatSync(source.fd);
  if (!found.isFile()) return report.skip(file.path, "special");
  if (found.size > report.bytesLeft) return report.skip(file.path, "over-limit");

  using target = openFile(createdFile(file.target, file.name));
  if (!context.cloner.clone({ from: source.fd, to: target.fd, found })) {
    yield* copyBytes({ from: source.fd, to: target.fd, limit: report.bytesLeft }, context.buffer);
  }
  fchmodSync(target.fd, found.mode & 0o777);
  futimesSync(target.fd, found.atimeMs / 1000, found.mtimeMs / 1000);
  // Last: what belongs to another is no longer ours to change.
  if (owner !== undefined) fchownSync(target.fd, owner.uid, owner.gid);
  report.file(fstatSync(target.fd).size);
}

/** Shares a file's blocks instead of copying them, where the file system can; asks no more after its first refusal. */
export class Cloner {
  #usable = process.platform === "linux";

  clone(file: { readonly from: number; readonly to: number; readonly found: Stats }): boolean {
    // The system call sets the source's mode on the target, which belongs to us until it is done.
    const harmless = (file.found.mode & SETUID_OR_SETGID) === 0;
    if (!this.#usable || !harmless || file.found.size <= CHUNK_BYTES) return false;
    try {
      copyFileSync(`/proc/self/fd/${file.from}`, `/proc/self/fd/${file.to}`, constants.COPYFILE_FICLONE_FORCE);
      return true;
    } catch {
      this.#usable = false;
      return false;
    }
  }
}

function* copyBytes(
  { from, to, limit }: { readonly from: number; readonly to: number; readonly limit: number },
  buffer: Buffer,
): Steps {
  // A file may grow while it is read: what is beyond the limit stays behind.
  for (let left = limit; left > 0; ) {
    const read = reading(() => readSync(from, buffer, 0, Math.min(CHUNK_BYTES, left), null));
    for (let written = 0; written < read; ) written += writeSync(to, buffer, written, read - written);
    if (read < CHUNK_BYTES) return;
    left -= read;
    yield;
  }
}

function createdFile(parent: Directory, name: RawName): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return replacing(parent, name, () => openSync(parent.at(name), flags, 0o600));
}

function openFile(fd: number) {
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
