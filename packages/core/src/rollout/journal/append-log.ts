import { close, fdatasync, fstat, ftruncate, open, writeFile } from "node:fs";
import { promisify } from "node:util";
import { SdkError } from "../../errors/sdk-error.ts";
import { storageError } from "./storage-error.ts";

// Callbacks of node:fs cost half of what its promises do, and a job writes thousands of lines a second.
const openFile = promisify(open);
const writeAll = promisify(writeFile) as (fd: number, data: string) => Promise<void>;
const syncData = promisify(fdatasync);
const stat = promisify(fstat);
const truncate = promisify(ftruncate);
const closeFile = promisify(close);

interface Waiting {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A file that only grows. Lines given while a write is under way go out together in the next one. */
export class AppendLog implements AsyncDisposable {
  readonly #fd: number;
  readonly #path: string;
  readonly #durable: boolean;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  private constructor(fd: number, path: string, durable: boolean) {
    this.#fd = fd;
    this.#path = path;
    this.#durable = durable;
  }

  /**
   * Opens `path` for appending after its first `keepBytes` bytes; what stands beyond them is cut off.
   *
   * @throws STORAGE_FAILED
   */
  static async open(path: string, options: { keepBytes: number; durable: boolean }): Promise<AppendLog> {
    let fd: number | undefined;
    try {
      fd = await openFile(path, "a", 0o600);
      if ((await stat(fd)).size > options.keepBytes) await truncate(fd, options.keepBytes);
      return new AppendLog(fd, path, options.durable);
    } catch (error) {
      if (fd !== undefined) await closeFile(fd);
      throw storageError(error, `cannot open ${path}`);
    }
  }

  /**
   * Resolves when the line is on disk.
   *
   * @throws STORAGE_FAILED; nothing is written any more after the first. CLOSED
   */
  append(line: string): Promise<void> {
    // The number of a closed file may be another file's by now.
    if (this.#closing !== undefined) {
      return Promise.reject(new SdkError({ code: "CLOSED", message: `${this.#path} is closed` }));
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text: `${line}\n`, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#draining;
      await closeFile(this.#fd);
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        if (this.#failure !== undefined) throw this.#failure;
        await writeAll(this.#fd, batch.map((item) => item.text).join(""));
        if (this.#durable) await syncData(this.#fd);
        for (const item of batch) item.resolve();
      } catch (error) {
        // A later write could land behind half a line: the first failure is the last word.
        this.#failure ??= storageError(error, `cannot write ${this.#path}`);
        for (const item of batch) item.reject(this.#failure);
      }
    }
    this.#draining = undefined;
  }
}
