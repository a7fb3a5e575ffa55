import type { Job } from "@hud-ts/core";
import { taskStatistics } from "@hud-ts/core/results";
import type { JsonObject, RunResult, Usage } from "@hud-ts/core/spec";

/** The document of `hud eval`: the reference's members, which scripts already read, and what was missing there. */
export function evalDocument(job: Job, source: string): JsonObject {
  return {
    job_id: job.id,
    job_dir: job.dir,
    source,
    run_count: job.runs.length,
    mean_reward: job.reward,
    coverage: { ...job.coverage },
    outcomes: { ...job.outcomes },
    error_count: job.runs.filter(isError).length,
    elapsed_seconds: job.durationMs / 1000,
    usage: usageDocument(job.usage),
    tasks: taskStatistics(job.runs).map(({ slug, mean, rewards }) => ({ slug, mean, rewards })),
    runs: job.runs.map(runDocument),
  };
}

/** What the model consumed, in a document. */
export function usageDocument(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    cached_tokens: usage.cachedTokens,
    cost_usd: usage.costUsd,
  };
}

/** One run in a document. */
export function runDocument(run: RunResult): JsonObject {
  return {
    task_id: run.task.id,
    slug: run.slug,
    repeat: run.repeat,
    outcome: run.outcome,
    reward: run.outcome === "graded" ? run.reward : null,
    is_error: isError(run),
    trace_error: traceError(run),
    trace_id: run.trace.traceId,
  };
}

function isError(run: RunResult): boolean {
  return run.outcome !== "graded" || run.grade.isError;
}

function traceError(run: RunResult): string | null {
  if (run.outcome !== "graded") return run.error.message;
  if (run.trace.status !== "error") return null;
  return run.trace.steps.findLast((step) => step.error !== null)?.error ?? null;
}
