import type { Outcome, RunResult } from "../spec/run-result.ts";
import type { Usage } from "../spec/usage.ts";
import { sumUsage } from "./usage.ts";

/** How runs are counted into a mean. */
export interface SummaryOptions {
  /** What a mean does with `agent-failed` runs: leave them out, or count them as zero. @default "exclude" */
  readonly agentFailure?: "exclude" | "zero" | undefined;
  /** Reward from which a run counts as passed. @default 1 */
  readonly passAt?: number | undefined;
  /** Rollouts that were asked for. @default the number of runs */
  readonly total?: number | undefined;
}

/** What a set of runs amounts to. */
export interface RunSummary {
  /** Mean over the graded runs (and agent failures as zeros, if asked for); null when there is nothing to average. */
  readonly reward: number | null;
  /** How many of how many the mean stands on. */
  readonly coverage: { readonly graded: number; readonly total: number };
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Share of the averaged runs with reward ≥ `passAt`, in [0, 1]; null when there are none. */
  readonly passRate: number | null;
  readonly usage: Usage;
}

/** The reward with which a run enters a mean; null when it does not. */
export function countedReward(run: RunResult, options: SummaryOptions = {}): number | null {
  if (run.outcome === "graded") return run.reward;
  return run.outcome === "agent-failed" && options.agentFailure === "zero" ? 0 : null;
}

/** Mean, coverage, pass rate, outcomes and usage of runs. */
export function summarise(runs: readonly RunResult[], options: SummaryOptions = {}): RunSummary {
  const outcomes: Record<Outcome, number> = {
    graded: 0,
    "agent-failed": 0,
    "environment-failed": 0,
    "infra-failed": 0,
    "timed-out": 0,
    cancelled: 0,
  };
  for (const run of runs) outcomes[run.outcome]++;
  const rewards = runs.flatMap((run) => countedReward(run, options) ?? []);
  return {
    reward: mean(rewards),
    coverage: { graded: outcomes.graded, total: options.total ?? runs.length },
    outcomes,
    passRate: mean(rewards.map((reward) => (reward >= (options.passAt ?? 1) ? 1 : 0))),
    usage: sumUsage(runs.map((run) => run.usage)),
  };
}

/** The mean; null of nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
