import type { GradedRun, Phase } from "../spec/run-result.ts";
import type { RuntimeV1 } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import type { Clock } from "../util/clock.ts";
import type { LimitOptions } from "./deadlines.ts";
import type { StepListener } from "./trace-recorder.ts";

/** One placement for all rows, or a choice per row (verifier rows included). */
export type RuntimeChoice = RuntimeV1 | ((task: TaskRow) => RuntimeV1);

/** How one rollout runs. */
export interface RolloutOptions extends LimitOptions {
  readonly runtime: RuntimeChoice;
  /** 32 lower-case hex digits. @default a fresh one */
  readonly traceId?: string | undefined;
  /** @default a fresh one */
  readonly jobId?: string | undefined;
  /** @default a fresh one */
  readonly groupId?: string | undefined;
  /** 0-based. @default 0 */
  readonly repeat?: number | undefined;
  /** 1-based. @default 1 */
  readonly attempt?: number | undefined;
  /** Hears of every step as it is recorded; must not throw. */
  readonly onStep?: StepListener | undefined;
  /** Hears of every phase as it is entered; must not throw. */
  readonly onPhase?: ((phase: Phase) => void) | undefined;
  /** Awaited as soon as the grade is known, before anything is torn down: what it keeps survives a teardown that kills the process. */
  readonly onGraded?: ((run: GradedRun) => Promise<void>) | undefined;
  /** Where time comes from. @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** Ends the rollout: `tasks.cancel` is written at once, everything is torn down, the outcome is `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** The placement for a row. */
export function runtimeFor(choice: RuntimeChoice, row: TaskRow): RuntimeV1 {
  return typeof choice === "function" ? choice(row) : choice;
}
