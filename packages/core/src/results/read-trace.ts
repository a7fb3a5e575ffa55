import { readFile } from "node:fs/promises";
import path from "node:path";
import { SdkError } from "../errors/sdk-error.ts";
import { BlobStore } from "../rollout/journal/blob-store.ts";
import { readJobRecord } from "../rollout/journal/job-record.ts";
import { jobPaths } from "../rollout/journal/paths.ts";
import { foldJournal, readJournal } from "../rollout/journal/read-journal.ts";
import { storageError } from "../rollout/journal/storage-error.ts";
import type { RunResult } from "../spec/run-result.ts";
import type { Step } from "../spec/step.ts";
import type { Trace } from "../spec/trace.ts";
import type { JsonObject } from "../util/json-types.ts";
import { decodeStep } from "../wire/codec/step.ts";
import { findTrace } from "./find.ts";

/** A trace as its job's directory tells it. */
export interface StoredTrace {
  readonly jobId: string;
  /** The JSON Lines file with the steps. */
  readonly path: string;
  readonly trace: Trace;
  /** What became of it, steps included; null for a run that has no result (yet). */
  readonly run: RunResult | null;
}

/** How {@link readTrace} reads. */
export interface ReadTraceOptions {
  /** Put screenshots and large outputs back in place of their `blob:sha256:…` references. @default true */
  readonly blobs?: boolean;
}

/**
 * Reads a trace by its id or a unique beginning of it, among all jobs kept in `hudDir`.
 *
 * @throws TRACE_NOT_FOUND, STORAGE_FAILED
 */
export async function readTrace(
  hudDir: string,
  idOrPrefix: string,
  options: ReadTraceOptions = {},
): Promise<StoredTrace> {
  const { jobId, traceId } = await findTrace(hudDir, idOrPrefix);
  const paths = jobPaths(hudDir, jobId);
  const file = path.join(paths.traces, `${traceId}.jsonl`);
  const steps = await readSteps(file, options.blobs === false ? undefined : new BlobStore(paths.blobs));
  const run = await runOf(hudDir, jobId, traceId);
  const head = run?.trace ?? { traceId, status: null, stopReason: null, content: null, extra: {} };
  const trace = { ...head, steps };
  return { jobId, path: file, trace, run: run === undefined ? null : { ...run, trace } };
}

async function readSteps(file: string, blobs: BlobStore | undefined): Promise<readonly Step[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw storageError(error, `cannot read ${file}`);
  });
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
  const steps: Step[] = [];
  for (const [index, line] of lines.entries()) {
    const value = parseLine(line, `line ${index + 1} of ${file}`);
    steps.push(decodeStep(blobs === undefined ? value : await blobs.inline(value)));
  }
  return steps;
}

function parseLine(line: string, where: string): JsonObject {
  try {
    return JSON.parse(line) as JsonObject;
  } catch (error) {
    throw new SdkError({ code: "STORAGE_FAILED", message: `${where} is no JSON`, cause: error });
  }
}

async function runOf(hudDir: string, jobId: string, traceId: string): Promise<RunResult | undefined> {
  const paths = jobPaths(hudDir, jobId);
  const record = await readJobRecord(paths.record, jobId);
  const { lines } = await readJournal(paths.journal);
  const histories = foldJournal(lines, { rows: new Map(record.rows.map((row) => [row.slug, row])), jobId });
  return [...histories.values()].flatMap((history) => history.runs).find((run) => run.trace.traceId === traceId);
}
