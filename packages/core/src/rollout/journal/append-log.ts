import { close, fdatasync, fstat, ftruncate, open, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { SdkError } from "../../errors/sdk-error.ts";
import { storageError } from "./storage-error.ts";

const openFile = promisify(open);
const syncData = promisify(fdatasync);
const stat = promisify(fstat);
const truncate = promisify(ftruncate);
const closeFile = promisify(close);

/** A file that only grows. Lines written while a sync is under way share the next one. */
export class AppendLog implements AsyncDisposable {
  readonly #fd: number;
  readonly #path: string;
  readonly #durable: boolean;
  #syncing: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | undefined;
  #failure: SdkError | undefined;
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
  async append(line: string): Promise<void> {
    // The number of a closed file may be another file's by now.
    if (this.#closing !== undefined) throw new SdkError({ code: "CLOSED", message: `${this.#path} is closed` });
    if (this.#failure !== undefined) throw this.#failure;
    try {
      // On this thread: a line into the page cache takes 5 µs here, and ten times that by way of the thread pool.
      writeFileSync(this.#fd, `${line}\n`);
      if (this.#durable) await this.#sync();
    } catch (error) {
      // A later write could land behind half a line: the first failure is the last word.
      this.#failure ??= storageError(error, `cannot write ${this.#path}`);
      throw this.#failure;
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await (this.#nextSync ?? this.#syncing).catch(() => {}); // told to the appends that wait for it
      await closeFile(this.#fd);
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Not the sync under way, which may have begun before the line was written. */
  #sync(): Promise<void> {
    this.#nextSync ??= this.#syncing.then(() => {
      this.#nextSync = undefined;
      this.#syncing = syncData(this.#fd);
      return this.#syncing;
    });
    return this.#nextSync;
  }
}
