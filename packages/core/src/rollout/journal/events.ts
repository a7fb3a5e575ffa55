import { z } from "zod";
import { SdkError } from "../../errors/sdk-error.ts";
import type { ErrorRecord, Grade, GradedRun, Outcome, RunBase, RunResult } from "../../spec/run-result.ts";
import type { TaskRow } from "../../spec/task-row.ts";
import type { Trace } from "../../spec/trace.ts";
import type { JsonObject } from "../../util/json-types.ts";

/** Which attempt of which rollout a line is about. */
interface AttemptKey {
  readonly slug: string;
  /** 0-based. */
  readonly repeat: number;
  /** 1-based. */
  readonly attempt: number;
}

/** What a line keeps of a run: everything but its row, its steps and how it ended. */
interface RunRecord extends Omit<RunBase, "task" | "slug" | "repeat" | "attempt" | "jobId" | "trace"> {
  readonly trace: Omit<Trace, "steps">;
}

interface LineBase {
  readonly v: 1;
  /** When it was written, ISO-8601 UTC. */
  readonly at: string;
}

/** A process began to write the job. */
interface JobLine extends LineBase {
  readonly type: "job";
  readonly jobId: string;
  /** Rollouts planned. */
  readonly total: number;
  /** Of those, finished by earlier processes. */
  readonly kept: number;
  readonly pid: number;
  readonly sourceHash: string | null;
}

/** An attempt was placed. */
interface StartedLine extends LineBase, AttemptKey {
  readonly type: "started";
  readonly traceId: string;
}

/** An attempt has its grade, which stands from here on. */
export interface GradedLine extends LineBase, AttemptKey {
  readonly type: "graded";
  readonly reward: number;
  readonly grade: Grade;
  readonly sourceHash: string | null;
  readonly run: RunRecord;
}

/** An attempt is over. For a graded one `run` holds only what changed since. */
export interface EndedLine extends LineBase, AttemptKey {
  readonly type: "ended";
  readonly outcome: Outcome;
  readonly error?: ErrorRecord;
  readonly run: Partial<RunRecord>;
}

/** One line of `journal.jsonl`. */
export type JournalLine = JobLine | StartedLine | GradedLine | EndedLine;

/** A line without what the writer adds. */
export type JournalEvent<T extends JournalLine = JournalLine> = T extends JournalLine ? Omit<T, "v" | "at"> : never;

const attempt = { slug: z.string(), repeat: z.number().int().min(0), attempt: z.number().int().min(1) };
const known = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("job"), jobId: z.string(), total: z.number(), kept: z.number() }),
  z.looseObject({ type: z.literal("started"), ...attempt, traceId: z.string() }),
  z.looseObject({
    type: z.literal("graded"),
    ...attempt,
    reward: z.number(),
    grade: z.looseObject({ reward: z.number() }),
    run: z.looseObject({ trace: z.looseObject({ traceId: z.string() }) }),
  }),
  z.looseObject({ type: z.literal("ended"), ...attempt, outcome: z.string(), run: z.looseObject({}) }),
]);
const TYPES: ReadonlySet<unknown> = new Set(["job", "started", "graded", "ended"]);

/**
 * Reads one line; undefined for an event of a type that this version does not know.
 *
 * @throws STORAGE_FAILED for a line that is no event
 */
export function parseJournalLine(text: string, where: string): JournalLine | undefined {
  const value = parseObject(text);
  if (value?.["v"] === 1 && !TYPES.has(value["type"])) return undefined;
  const parsed = value?.["v"] === 1 ? known.safeParse(value) : undefined;
  if (parsed?.success === true) return value as unknown as JournalLine;
  const problem = parsed === undefined ? "no event of version 1" : z.prettifyError(parsed.error);
  throw new SdkError({ code: "STORAGE_FAILED", message: `${where} cannot be read: ${problem}` });
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

export function gradedEvent(run: GradedRun, sourceHash: string | null): JournalEvent<GradedLine> {
  return { type: "graded", ...keyOf(run), reward: run.reward, grade: run.grade, sourceHash, run: recordOf(run) };
}

export function endedEvent(run: RunResult): JournalEvent<EndedLine> {
  const ended = { type: "ended", ...keyOf(run), outcome: run.outcome } as const;
  if (run.outcome !== "graded") return { ...ended, error: run.error, run: recordOf(run) };
  const { endedAt, durationMs, timings } = run;
  return { ...ended, run: { endedAt, durationMs, timings } };
}

/** The run as the lines of its attempt tell it, without steps; undefined for an attempt that never got as far as a grade or an end. */
export function runFromLines(
  o: { row: TaskRow; jobId: string },
  graded: GradedLine | undefined,
  ended: EndedLine | undefined,
): RunResult | undefined {
  const line = graded ?? ended;
  if (line === undefined) return undefined;
  const record = { ...graded?.run, ...ended?.run } as RunRecord;
  const { slug, repeat, attempt: number } = line;
  const trace = { ...record.trace, steps: [] };
  const base: RunBase = { ...record, task: o.row, slug, repeat, attempt: number, jobId: o.jobId, trace };
  if (graded !== undefined) return { ...base, outcome: "graded", reward: graded.reward, grade: graded.grade };
  if (ended?.error === undefined || ended.outcome === "graded") return undefined;
  return { ...base, outcome: ended.outcome, error: ended.error };
}

function keyOf(run: RunResult): AttemptKey {
  return { slug: run.slug, repeat: run.repeat, attempt: run.attempt };
}

function recordOf(run: RunResult): RunRecord {
  const { groupId, answer, placement, startedAt, endedAt, durationMs, timings, usage } = run;
  const { steps: _onDiskElsewhere, ...trace } = run.trace;
  return { groupId, answer, placement, startedAt, endedAt, durationMs, timings, usage, trace };
}
