import { createHash } from "node:crypto";
import type { ErrorRecord, RunResult } from "../spec/run-result.ts";
import type { Step } from "../spec/step.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { type RunSummary, type SummaryOptions, summarise } from "./summary.ts";

/** Why a job placed no more rollouts before all were done. */
export interface JobStop {
  readonly reason: "cancelled" | "circuit-breaker";
  readonly message: string;
}

/** All runs of one call, and what they amount to. */
export interface Job extends RunSummary {
  /** 32 lower-case hex digits. */
  readonly id: string;
  readonly name: string;
  /** Where its journal and traces lie; null when nothing was kept. */
  readonly dir: string | null;
  /** Repeats per task. */
  readonly group: number;
  /** One result per planned rollout: tasks in order, each with its repeats. */
  readonly runs: readonly RunResult[];
  /** The same by slug. */
  readonly results: ReadonlyMap<string, readonly RunResult[]>;
  /** Set when it ended before everything was tried. */
  readonly stopped: JobStop | null;
  /** Milliseconds this call took; a resumed job's earlier calls are not in it. */
  readonly durationMs: number;
}

interface AttemptEvent {
  readonly jobId: string;
  readonly slug: string;
  readonly repeat: number;
  readonly attempt: number;
}

/** What happens while a job runs. */
export type JobEvent =
  | {
      readonly type: "job";
      readonly jobId: string;
      readonly name: string;
      readonly dir: string | null;
      /** Rollouts planned. */
      readonly total: number;
      /** Results of an earlier call that are kept. */
      readonly kept: number;
    }
  | ({ readonly type: "started"; readonly traceId: string } & AttemptEvent)
  | ({ readonly type: "step"; readonly traceId: string; readonly step: Step } & AttemptEvent)
  | ({ readonly type: "retry"; readonly delayMs: number; readonly error: ErrorRecord } & AttemptEvent)
  | ({ readonly type: "ended"; readonly run: RunResult } & AttemptEvent)
  | ({ readonly type: "stopped"; readonly jobId: string } & JobStop);

/** The name of a job: the template's id for a single row, else the set's name and size. */
export function jobName(tasks: readonly TaskRow[], o: { name: string; group: number }): string {
  const [only] = tasks;
  const what = tasks.length === 1 && only !== undefined ? only.id : `${o.name} (${tasks.length} tasks)`;
  return o.group > 1 ? `${what} (${o.group} times)` : what;
}

/** The id that a task's repeats share: derived, so that a resumed job needs no record of it. 32 lower-case hex digits. */
export function groupIdOf(jobId: string, slug: string): string {
  return createHash("sha256").update(`${jobId}\n${slug}`).digest("hex").slice(0, 32);
}

/** What {@link makeJob} puts together. */
export interface JobParts extends SummaryOptions {
  readonly id: string;
  readonly name: string;
  readonly dir: string | null;
  readonly group: number;
  readonly runs: readonly RunResult[];
  readonly stopped: JobStop | null;
  readonly durationMs: number;
}

/** A job from its runs. */
export function makeJob(parts: JobParts): Job {
  const { id, name, dir, group, runs, stopped, durationMs } = parts;
  return { id, name, dir, group, runs, stopped, durationMs, ...summarise(runs, parts), results: bySlug(runs) };
}

/** Runs by slug, in order of first appearance. */
export function bySlug(runs: readonly RunResult[]): ReadonlyMap<string, readonly RunResult[]> {
  const results = new Map<string, RunResult[]>();
  for (const run of runs) {
    const known = results.get(run.slug);
    if (known === undefined) results.set(run.slug, [run]);
    else known.push(run);
  }
  return results;
}
