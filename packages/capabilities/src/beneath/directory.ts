import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  type Dirent,
  fchmodSync,
  fchownSync,
  fstatSync,
  opendirSync,
  openSync,
  type Stats,
} from "node:fs";
import { errnoOf } from "./refusal.ts";

// Names are bytes, not text: latin1 carries every byte through a string unchanged.
const bytesOf = (path: string) => Buffer.from(path, "latin1");
const O_PATH = 0o10000000;
const byDescriptor = process.platform === "linux";

/** A name as the file system has it, one character per byte. */
export type RawName = string;

/** Text to a {@link RawName}. */
export function rawName(text: string): RawName {
  return Buffer.from(text).toString("latin1");
}

/** A {@link RawName} to text, for reports. */
export function nameText(name: RawName): string {
  return bytesOf(name).toString();
}

/**
 * An open directory. What lies in it is named through its descriptor, so that a name is resolved in exactly this
 * directory, wherever it was moved and whatever stands at its old path. Where the system has no /proc (and no sandbox,
 * so nobody hostile beside us) names are resolved by path.
 */
export class Directory implements Disposable {
  readonly fd: number;
  readonly #base: string;
  readonly #claim: Disposable | undefined;

  private constructor(fd: number, path: string, claim?: Disposable) {
    this.fd = fd;
    this.#base = byDescriptor ? `/proc/self/fd/${fd}/` : `${path}/`;
    this.#claim = claim;
  }

  /** Opens a directory that the caller trusts by its path; links on the way are followed. */
  static open(path: string): Directory {
    const raw = rawName(path);
    return new Directory(openSync(bytesOf(raw), constants.O_RDONLY | constants.O_DIRECTORY), raw);
  }

  /** The path by which system calls find `name` in this very directory. */
  at(name: RawName): Buffer {
    return bytesOf(this.#base + name);
  }

  /** Opens a directory in this one; a link is refused by the system (ENOTDIR). */
  directory(name: RawName): Directory {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    try {
      return new Directory(openSync(this.at(name), flags), this.#base + name);
    } catch (error) {
      const claim = this.#claimed(name, error, 0o700);
      return new Directory(openSync(this.at(name), flags), this.#base + name, claim);
    }
  }

  /** Opens a file in this one for reading: never a link, never waiting for a pipe's other end. The caller closes it. */
  file(name: RawName): number {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
    try {
      return openSync(this.at(name), flags);
    } catch (error) {
      using _claim = this.#claimed(name, error, 0o400);
      return openSync(this.at(name), flags);
    }
  }

  stat(): Stats {
    return fstatSync(this.fd);
  }

  /** Takes the right to change what lies in it, for good; where that is not ours to take, the change itself will say so. */
  own(): void {
    const found = this.stat();
    try {
      if (found.uid !== process.geteuid?.()) fchownSync(this.fd, process.geteuid?.() ?? found.uid, found.gid);
      if ((found.mode & 0o700) !== 0o700) fchmodSync(this.fd, 0o700);
    } catch {
      // EPERM: the directory of another user, and we are not root.
    }
  }

  /** What lies in it, in no order, at most `limit` entries. */
  entries(limit = Number.POSITIVE_INFINITY): Dirent[] {
    const listing = opendirSync(this.at("."), { encoding: "latin1", bufferSize: 256 });
    try {
      const found: Dirent[] = [];
      for (let entry = listing.readSync(); entry !== null && found.length < limit; entry = listing.readSync())
        found.push(entry);
      return found;
    } finally {
      listing.closeSync();
    }
  }

  [Symbol.dispose](): void {
    this.#claim?.[Symbol.dispose]();
    closeSync(this.fd);
  }

  /**
   * Makes an entry ours for a while, where its owner or mode denied access: a server may hold the capability to change
   * owners and not the one to override modes. The entry is pinned by a descriptor, so that nothing swapped in is touched.
   */
  #claimed(name: RawName, denied: unknown, mode: number): Disposable {
    if (errnoOf(denied) !== "EACCES" || !byDescriptor) throw denied;
    const fd = openSync(this.at(name), O_PATH | constants.O_NOFOLLOW);
    const path = `/proc/self/fd/${fd}`;
    const found = fstatSync(fd);
    const own = process.geteuid?.() ?? found.uid;
    try {
      if (!found.isFile() && !found.isDirectory()) throw denied;
      if (found.uid !== own) chownSync(path, own, process.getegid?.() ?? found.gid);
      chmodSync(path, (found.mode & 0o777) | mode);
    } catch {
      closeSync(fd);
      throw denied;
    }
    return {
      [Symbol.dispose]: () => {
        chmodSync(path, found.mode & 0o7777);
        if (found.uid !== own) chownSync(path, found.uid, found.gid);
        closeSync(fd);
      },
    };
  }
}
