import { mkdir } from "node:fs/promises";
import { SdkError } from "../../errors/sdk-error.ts";
import type { Step } from "../../spec/step.ts";
import { isoMicros } from "../../util/iso-micros.ts";
import { AppendLog } from "./append-log.ts";
import { BlobStore } from "./blob-store.ts";
import type { JournalEvent, JournalLine } from "./events.ts";
import { lockJob } from "./job-lock.ts";
import { type JobRecord, readJobRecord, writeJobRecord } from "./job-record.ts";
import { type JobPaths, jobPaths, jobsDir } from "./paths.ts";
import { readJournal } from "./read-journal.ts";
import { storageError } from "./storage-error.ts";
import { TraceFile } from "./trace-file.ts";

/** Where a job's events and steps go. */
export interface JobSink extends AsyncDisposable {
  /** The job's directory; null when nothing is kept. */
  readonly dir: string | null;
  /** Fires with STORAGE_FAILED when something could not be kept. */
  readonly signal: AbortSignal;
  /** Resolves when the event is on disk. @throws STORAGE_FAILED */
  append(event: JournalEvent): Promise<void>;
  trace(traceId: string): TraceSink;
}

/** Where one run's steps go. */
export interface TraceSink {
  push(step: Step): void;
  /** Resolves when every step pushed so far is on disk. @throws STORAGE_FAILED */
  flush(): Promise<void>;
}

/** A sink that keeps nothing. */
export function nullSink(): JobSink {
  const trace: TraceSink = { push: () => {}, flush: async () => {} };
  return {
    dir: null,
    signal: new AbortController().signal,
    append: async () => {},
    trace: () => trace,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A job's directory, held by this process alone while it is open. */
export class JobStore implements JobSink {
  readonly dir: string;
  readonly #paths: JobPaths;
  readonly #lock: AsyncDisposable;
  readonly #log: AppendLog;
  readonly #blobs: BlobStore;
  readonly #failed = new AbortController();

  private constructor(paths: JobPaths, lock: AsyncDisposable, log: AppendLog) {
    this.dir = paths.dir;
    this.#paths = paths;
    this.#lock = lock;
    this.#log = log;
    this.#blobs = new BlobStore(paths.blobs);
  }

  get signal(): AbortSignal {
    return this.#failed.signal;
  }

  /**
   * Makes the directory of a new job.
   *
   * @throws TARGET_EXISTS, STORAGE_FAILED
   */
  static async create(hudDir: string, record: JobRecord, options: { durable: boolean }): Promise<JobStore> {
    const paths = jobPaths(hudDir, record.id);
    try {
      await mkdir(jobsDir(hudDir), { recursive: true });
      await mkdir(paths.dir); // not recursive: an existing job is never written over
      await mkdir(paths.traces);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw storageError(error, `cannot create ${paths.dir}`);
      throw new SdkError({
        code: "TARGET_EXISTS",
        message: `job '${record.id}' exists in ${paths.dir}`,
        hint: "resume it, or choose another id",
        cause: error,
      });
    }
    const store = await JobStore.#lockAndOpen(paths, { ...options, keepBytes: async () => 0 });
    try {
      await writeJobRecord(paths.record, record);
      return store;
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Opens an existing job for more, with what it says so far. A line that a killed writer left unfinished is cut off.
   *
   * @throws JOB_NOT_FOUND, JOB_LOCKED, STORAGE_FAILED
   */
  static async resume(
    hudDir: string,
    jobId: string,
    options: { durable: boolean },
  ): Promise<{ readonly store: JobStore; readonly record: JobRecord; readonly lines: readonly JournalLine[] }> {
    const paths = jobPaths(hudDir, jobId);
    let record = await readJobRecord(paths.record, jobId); // what is no job cannot be locked
    let lines: readonly JournalLine[] = [];
    const keepBytes = async () => {
      record = await readJobRecord(paths.record, jobId); // the one before may have rewritten it until it gave the lock back
      const journal = await readJournal(paths.journal);
      lines = journal.lines;
      return journal.completeBytes;
    };
    const store = await JobStore.#lockAndOpen(paths, { ...options, keepBytes });
    return { store, record, lines };
  }

  static async #lockAndOpen(
    paths: JobPaths,
    options: { durable: boolean; keepBytes: () => Promise<number> },
  ): Promise<JobStore> {
    const lock = await lockJob(paths.dir);
    try {
      const keepBytes = await options.keepBytes();
      const log = await AppendLog.open(paths.journal, { keepBytes, durable: options.durable });
      return new JobStore(paths, lock, log);
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Replaces `job.json`. @throws STORAGE_FAILED */
  async rewriteRecord(record: JobRecord): Promise<void> {
    await writeJobRecord(this.#paths.record, record);
  }

  async append(event: JournalEvent): Promise<void> {
    const line = { v: 1, at: isoMicros(Date.now()), ...event };
    await this.#guard(async () => this.#log.append(JSON.stringify(line)));
  }

  trace(traceId: string): TraceSink {
    const path = `${this.#paths.traces}/${traceId}.jsonl`;
    const file = new TraceFile({ path, blobs: this.#blobs, onError: (error) => this.#fail(error) });
    return { push: (step) => file.push(step), flush: () => this.#guard(() => file.flush()) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log.close();
    await this.#lock[Symbol.asyncDispose]();
  }

  async #guard(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #fail(error: unknown): SdkError {
    const failure = storageError(error, `cannot write in ${this.dir}`);
    if (!this.signal.aborted) this.#failed.abort(failure);
    return failure;
  }
}
