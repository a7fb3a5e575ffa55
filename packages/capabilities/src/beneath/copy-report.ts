const MAX_SKIPPED_KEPT = 100;

/**
 * Why an entry was not copied: `special` is no file, directory or link; `changed` was gone or something else when it
 * was opened.
 */
export type SkipReason = "special" | "over-limit" | "too-deep" | "unreadable" | "changed";

/** An entry that was not copied, by its path from the root. */
export interface SkippedEntry {
  readonly path: string;
  readonly reason: SkipReason;
}

/** What was copied, and what not. */
export interface CopiedTree {
  readonly files: number;
  readonly directories: number;
  readonly links: number;
  readonly bytes: number;
  /** The first hundred. */
  readonly skipped: readonly SkippedEntry[];
  readonly skippedCount: number;
}

/** How much may be copied. */
export interface CopyLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** Counts what a copy did and how much it may still do. */
export class CopyReport {
  readonly #limits: CopyLimits;
  readonly #skipped: SkippedEntry[] = [];
  #skippedCount = 0;
  #files = 0;
  #directories = 0;
  #links = 0;
  #bytes = 0;

  constructor(limits: CopyLimits) {
    this.#limits = limits;
  }

  get entriesLeft(): number {
    return Math.max(0, this.#limits.maxFiles - this.#files - this.#directories - this.#links);
  }

  get bytesLeft(): number {
    return Math.max(0, this.#limits.maxBytes - this.#bytes);
  }

  file(bytes: number): void {
    this.#files += 1;
    this.#bytes += bytes;
  }

  directory(): void {
    this.#directories += 1;
  }

  link(): void {
    this.#links += 1;
  }

  skip(path: string, reason: SkipReason): void {
    this.#skippedCount += 1;
    if (this.#skipped.length < MAX_SKIPPED_KEPT) this.#skipped.push({ path, reason });
  }

  result(): CopiedTree {
    return {
      files: this.#files,
      directories: this.#directories,
      links: this.#links,
      bytes: this.#bytes,
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
    };
  }
}
