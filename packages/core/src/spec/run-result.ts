import type { Blame, ErrorCode } from "../errors/table.ts";
import type { Json, JsonObject } from "../util/json-types.ts";
import type { SubScore } from "./grader.ts";
import type { TaskRow } from "./task-row.ts";
import type { Trace } from "./trace.ts";
import type { Usage } from "./usage.ts";

/** How a rollout ended. Only `graded` has a reward. */
export type Outcome = "graded" | "agent-failed" | "environment-failed" | "infra-failed" | "timed-out" | "cancelled";

/** A grade as the environment gave it. */
export interface Grade {
  /** Finite; by convention in [0, 1]. */
  readonly reward: number;
  readonly done: boolean;
  readonly content: string | null;
  readonly info: JsonObject;
  readonly isError: boolean;
  readonly subscores: readonly SubScore[] | null;
  /** The whole grade frame. */
  readonly raw: JsonObject;
}

/** A failure as data: what a result, a journal line or a JSON document carries. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly message: string;
  readonly hint?: string;
  /** The phase it happened in, such as `grading`. */
  readonly phase?: Phase;
  /** Further facts, JSON-safe: `logs` is the last output of a placement that was lost. */
  readonly details?: JsonObject;
}

/** The phases of a rollout, by the reference's names. */
export type Phase =
  | "provisioning"
  | "starting task"
  | "agent loop"
  | "grading"
  | "verifying"
  | "snapshotting actor"
  | "actor cleanup"
  | "provisioning verifier"
  | "cleanup";

/** Milliseconds spent in each phase that was entered. */
export type PhaseTimings = Readonly<Partial<Record<Phase, number>>>;

/** Members every result has, whatever its outcome. */
export interface RunBase {
  readonly task: TaskRow;
  readonly slug: string;
  /** 0-based, within the group. */
  readonly repeat: number;
  /** 1-based; counts fresh attempts after infrastructure failures. */
  readonly attempt: number;
  readonly jobId: string;
  /** Shared by the repeats of one task. */
  readonly groupId: string;
  readonly trace: Trace;
  /** The agent's answer as given to the grader. */
  readonly answer: Json;
  /** Where it ran, as the runtime names it; null when no placement was reached. */
  readonly placement: string | null;
  /** Wall clock, ISO-8601 UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Monotonic milliseconds from start to end. */
  readonly durationMs: number;
  readonly timings: PhaseTimings;
  /** Sum over the trace's agent steps. */
  readonly usage: Usage;
}

/** A rollout that was graded. */
export interface GradedRun extends RunBase {
  readonly outcome: "graded";
  readonly reward: number;
  readonly grade: Grade;
}

/** A rollout without a reward. */
export interface UngradedRun extends RunBase {
  readonly outcome: Exclude<Outcome, "graded">;
  readonly error: ErrorRecord;
}

/** What became of one rollout: a fact, or the reason why there is none. */
export type RunResult = GradedRun | UngradedRun;
