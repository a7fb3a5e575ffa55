import { writeFile } from "node:fs";
import { promisify } from "node:util";
import type { Step } from "../../spec/step.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { encodeStep } from "../../wire/codec/step.ts";
import { type BlobStore, mayHoldBlobs } from "./blob-store.ts";

const appendFile = promisify(writeFile) as (path: string, data: string, options: object) => Promise<void>;

// A step that has waited this long, or this many bytes of them, is written without waiting for the run's end.
const FLUSH_MS = 200;
const FLUSH_CHARS = 256 * 1024;

/** What a {@link TraceFile} writes to. */
export interface TraceFileOptions {
  readonly path: string;
  readonly blobs: BlobStore;
  /** Hears of a write that nobody awaited. */
  readonly onError: (error: unknown) => void;
}

/** One run's steps as JSON lines, written in batches and in order. */
export class TraceFile {
  readonly #options: TraceFileOptions;
  #lines: string[] = [];
  #chars = 0;
  #blobWrites: Promise<void>[] = [];
  #tail: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TraceFileOptions) {
    this.#options = options;
  }

  push(step: Step): void {
    const line = this.#encode(step);
    this.#lines.push(line);
    this.#chars += line.length;
    if (this.#chars >= FLUSH_CHARS) this.#flushUnattended();
    else this.#timer ??= setTimeout(() => this.#flushUnattended(), FLUSH_MS);
  }

  /** Resolves when everything pushed so far is on disk. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return this.#tail;
    const text = `${this.#lines.join("\n")}\n`;
    const blobs = this.#blobWrites;
    this.#lines = [];
    this.#chars = 0;
    this.#blobWrites = [];
    const before = this.#tail;
    this.#tail = (async () => {
      await before;
      await Promise.all(blobs); // a line is never on disk before what it refers to
      await appendFile(this.#options.path, text, { flag: "a", mode: 0o600 });
    })();
    return this.#tail;
  }

  #encode(step: Step): string {
    const value = encodeStep(step) as JsonObject;
    const line = JSON.stringify(value);
    if (!mayHoldBlobs(line)) return line;
    const externalised = this.#options.blobs.externalise(JSON.parse(line) as JsonObject);
    for (const write of externalised.writes) write.catch(() => {}); // awaited, and reported, by the next flush
    this.#blobWrites.push(...externalised.writes);
    return JSON.stringify(externalised.value);
  }

  #flushUnattended(): void {
    this.flush().catch((error: unknown) => this.#options.onError(error));
  }
}
