import type { JsonObject } from "../util/json-types.ts";
import type { GradedRun } from "./run-result.ts";

/** The graded runs of one task, whose rewards are compared with each other. */
export interface RewardGroup {
  readonly groupId: string;
  /** Only graded runs: what was not graded has no reward to learn from. */
  readonly runs: readonly GradedRun[];
  /** Runs asked for; fewer in `runs` means lost coverage. */
  readonly requested: number;
}

/** What one update of the weights did. */
export interface TrainStep {
  /** 0-based. */
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Names the weights after the step, when the trainer published them. */
  readonly checkpoint: string | null;
}

/** Turns groups of graded runs into weight updates. */
export interface TrainerV1 {
  readonly specVersion: "trainer/1";
  readonly id: string;
  /** @throws INVALID_OPTION when a run carries no samples to learn from */
  step(groups: readonly RewardGroup[], options: { readonly signal: AbortSignal }): Promise<TrainStep>;
  /** Publishes the current weights and names them. Optional. */
  checkpoint?(options: { readonly name?: string; readonly signal: AbortSignal }): Promise<string>;
  /** What it was made with, for the record; no secrets. */
  readonly config?: JsonObject;
}
