import { bySlug } from "../rollout/job.ts";
import { countedReward, mean, type SummaryOptions } from "../rollout/summary.ts";
import type { RunResult } from "../spec/run-result.ts";

/** What one task's repeats amount to. */
export interface TaskStatistics {
  readonly slug: string;
  readonly runs: readonly RunResult[];
  /** One per run, in order; null for a run without a reward. */
  readonly rewards: readonly (number | null)[];
  /** Over the runs that count; null when there are none. */
  readonly mean: number | null;
  /** Runs that count, and how many of them passed. */
  readonly counted: number;
  readonly passed: number;
}

/** Statistics per task, tasks in order of first appearance. */
export function taskStatistics(runs: readonly RunResult[], options: SummaryOptions = {}): readonly TaskStatistics[] {
  return [...bySlug(runs)].map(([slug, its]) => {
    const rewards = its.map((run) => countedReward(run, options));
    const counted = rewards.filter((reward) => reward !== null);
    const passed = counted.filter((reward) => reward >= (options.passAt ?? 1)).length;
    return { slug, runs: its, rewards, mean: mean(counted), counted: counted.length, passed };
  });
}

/**
 * Unbiased estimate of the chance that at least one of `k` runs of a task passes: 1 − C(n−c, k) / C(n, k).
 * Null when fewer than `k` runs count.
 *
 * @see https://arxiv.org/abs/2107.03374 section 2.1
 */
export function passAtK(statistics: Pick<TaskStatistics, "counted" | "passed">, k: number): number | null {
  const { counted, passed } = statistics;
  if (k < 1 || counted < k) return null;
  let allFail = 1;
  for (let i = 0; i < k; i++) allFail *= Math.max(0, counted - passed - i) / (counted - i);
  return 1 - allFail;
}
