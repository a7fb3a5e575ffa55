import { join } from "node:path";
import type { Job } from "@hud-ts/core";
import { type RunSummary, taskStatistics } from "@hud-ts/core/results";
import type { RunResult, UngradedRun, Usage } from "@hud-ts/core/spec";
import type { CliContext } from "../../context.ts";
import { drawTable } from "../../output/table.ts";
import { bothEnds, count, displayPath, duration, oneLine, rewardText } from "../../output/text.ts";

const SHOWN_FAILURES = 10;

/** Says what a job came to: a row per task, the totals, every failure with its reason, where it is kept. */
export async function reportJob(context: CliContext, job: Job): Promise<void> {
  const { output } = context;
  output.note();
  output.note(await taskTable(context, job.runs));
  output.note();
  output.note([totalsText(job), duration(job.durationMs)].join(" · "));
  if (job.stopped !== null && !context.signal.aborted) output.warn(job.stopped.message);
  const failures = failedRuns(job.runs);
  for (const run of failures.slice(0, SHOWN_FAILURES)) output.note(`\n${failureText(context, job, run)}`);
  if (failures.length > SHOWN_FAILURES) {
    output.note(`\n… and ${count(failures.length - SHOWN_FAILURES, "failure")} more: hud jobs ${job.id}`);
  }
  if (job.dir !== null) output.note(`\njob ${job.id.slice(0, 8)} in ${displayPath(job.dir, context.cwd)}`);
}

/** The runs without a reward that somebody has to look at: what was cancelled only waits to be resumed. */
export function failedRuns(runs: readonly RunResult[]): readonly UngradedRun[] {
  return runs.filter((run): run is UngradedRun => run.outcome !== "graded" && run.outcome !== "cancelled");
}

/** A row per task: its runs, their rewards, the mean. */
export async function taskTable(context: CliContext, runs: readonly RunResult[]): Promise<string> {
  const tasks = taskStatistics(runs).map(({ slug, runs: its, rewards, mean }) => ({
    slug,
    count: runCount(its),
    rewards: rewards.map(rewardText).join(" "),
    mean: rewardText(mean),
  }));
  const room = Math.max(MIN_SLUG + MIN_REWARDS, context.output.width - longest(tasks, "count", 4) - 5 - 3 * 2);
  const slugWidth = Math.max(MIN_SLUG, Math.min(longest(tasks, "slug"), room - longest(tasks, "rewards", 7), 48));
  const rows = tasks.map(({ slug, count: its, rewards, mean }) => [
    bothEnds(slug, slugWidth),
    its,
    oneLine(rewards, Math.min(48, room - Math.min(slugWidth, longest(tasks, "slug", 4)))),
    mean,
  ]);
  return drawTable(
    [{ title: "Task" }, { title: "Runs", align: "right" }, { title: "Rewards" }, { title: "Mean", align: "right" }],
    rows,
    context.output,
  );
}

const MIN_SLUG = 24;
const MIN_REWARDS = 12;

function longest<T extends string>(rows: readonly Readonly<Record<T, string>>[], column: T, least = 0): number {
  return rows.reduce((most, row) => Math.max(most, row[column].length), least);
}

function runCount(runs: readonly RunResult[]): string {
  const graded = runs.filter((run) => run.outcome === "graded").length;
  return graded === runs.length ? String(graded) : `${graded}/${runs.length}`;
}

/** The mean with its coverage, the pass rate, what else became of runs, what the model consumed. */
export function totalsText(summary: RunSummary): string {
  const { graded, total } = summary.coverage;
  const outcomes = Object.entries(summary.outcomes).filter(([outcome, n]) => n > 0 && outcome !== "graded");
  return [
    `mean reward ${rewardText(summary.reward)} over ${graded}/${total} graded`,
    ...(summary.passRate === null ? [] : [`pass rate ${(summary.passRate * 100).toFixed(1)}% (reward ≥ 1)`]),
    ...outcomes.map(([outcome, n]) => `${n} ${outcome}`),
    ...usageText(summary.usage),
  ].join(" · ");
}

function usageText(usage: Usage): readonly string[] {
  const tokens = (usage.promptTokens ?? 0) + (usage.completionTokens ?? 0);
  return [
    ...(tokens > 0 ? [`${tokens} tokens`] : []),
    ...(usage.costUsd === null ? [] : [`$${usage.costUsd.toFixed(4)}`]),
  ];
}

/** Why a run has no reward, and where its trace is. */
export function failureText(context: CliContext, job: { readonly dir: string | null }, run: UngradedRun): string {
  const { red, dim, cyan } = context.output.colors;
  const { error } = run;
  const lines = [
    `${red(run.outcome)} ${run.slug} #${run.repeat + 1}${error.phase === undefined ? "" : ` during ${error.phase}`}`,
    `  ${error.message.trimEnd().replaceAll("\n", "\n  ")} ${dim(`(${error.code})`)}`,
  ];
  if (error.hint !== undefined) lines.push(`  ${cyan("Hint:")} ${error.hint}`);
  if (job.dir !== null) {
    lines.push(`  ${dim(displayPath(join(job.dir, "traces", `${run.trace.traceId}.jsonl`), context.cwd))}`);
  }
  return lines.join("\n");
}
