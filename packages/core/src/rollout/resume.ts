import { isDeepStrictEqual } from "node:util";
import { SdkError } from "../errors/sdk-error.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { Outcome, RunResult } from "../spec/run-result.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { encodeTaskRow } from "../wire/codec/task-row.ts";
import type { JournalLine } from "./journal/events.ts";
import type { JobRecord } from "./journal/job-record.ts";
import { foldJournal, slotKey } from "./journal/read-journal.ts";
import type { ResolvedRunOptions } from "./run-options.ts";

/** What an earlier call left for this one. */
export interface Carried {
  /** Results that stand, by slot. */
  readonly results: ReadonlyMap<number, RunResult>;
  /** Attempts placed so far, by slot. */
  readonly attempts: ReadonlyMap<number, number>;
}

/** Nothing: a job that begins. */
export const NOTHING_CARRIED: Carried = { results: new Map(), attempts: new Map() };

// What a fresh attempt cannot be expected to change. A time-out is the rollout's own doing; a failed placement or a Ctrl-C is not.
const STANDS: ReadonlySet<Outcome> = new Set(["graded", "agent-failed", "environment-failed", "timed-out"]);

/** Which rollouts of a journal stand, and which are still to be had. Slots are rows × group, row-major. */
export function carryOver(
  lines: readonly JournalLine[],
  o: { tasks: readonly TaskRow[]; group: number; jobId: string },
): Carried {
  const rows = new Map(o.tasks.map((task) => [task.slug, task]));
  const histories = foldJournal(lines, { rows, jobId: o.jobId });
  const results = new Map<number, RunResult>();
  const attempts = new Map<number, number>();
  for (const [index, task] of o.tasks.entries()) {
    for (let repeat = 0; repeat < o.group; repeat++) {
      const history = histories.get(slotKey(task.slug, repeat));
      if (history === undefined) continue;
      const slot = index * o.group + repeat;
      attempts.set(slot, history.attempts);
      const standing = history.runs.findLast((run) => STANDS.has(run.outcome));
      if (standing !== undefined) results.set(slot, standing);
    }
  }
  return { results, attempts };
}

/**
 * Refuses to mix results of different makings in one job.
 *
 * @throws SOURCE_CHANGED, INVALID_OPTION
 */
export function checkSameJob(
  record: JobRecord,
  o: { tasks: readonly TaskRow[]; agent: AgentV1; options: ResolvedRunOptions },
): void {
  const { tasks, agent, options } = o;
  if (agent.name !== record.agent.name) {
    throw mismatch(`job '${record.id}' was run by agent '${record.agent.name}', got '${agent.name}'`);
  }
  if (options.group !== undefined && options.group !== record.group) {
    throw mismatch(`job '${record.id}' has ${record.group} repeats per task, got group ${options.group}`);
  }
  if (options.allowChanged === true) return;
  const hash = options.source?.hash;
  if (hash !== undefined && record.source !== null && hash !== record.source.hash) {
    throw changed(`the source ${record.source.path} changed since job '${record.id}' began`);
  }
  const difference = firstDifference(record.rows, tasks);
  if (difference !== undefined) throw changed(`the tasks changed since job '${record.id}' began: ${difference}`);
}

function firstDifference(before: readonly TaskRow[], now: readonly TaskRow[]): string | undefined {
  const known = new Map(before.map((row) => [row.slug, row]));
  for (const row of now) {
    const earlier = known.get(row.slug);
    if (earlier === undefined) return `'${row.slug}' is new`;
    if (!isDeepStrictEqual(plain(earlier), plain(row))) return `'${row.slug}' is not what it was`;
    known.delete(row.slug);
  }
  const [missing] = known.keys();
  return missing === undefined ? undefined : `'${missing}' is missing`;
}

function plain(row: TaskRow): unknown {
  return JSON.parse(JSON.stringify(encodeTaskRow(row)));
}

function mismatch(message: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message, hint: "resume it as it was, or start a new job" });
}

function changed(message: string): SdkError {
  return new SdkError({
    code: "SOURCE_CHANGED",
    message,
    hint: "start a new job, or allow it (--allow-changed) and let old and new results stand side by side",
  });
}
