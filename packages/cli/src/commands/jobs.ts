import type { JobListing, StoredJob } from "@hud-ts/core/results";
import type { JsonObject } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "../context.ts";
import { drawTable } from "../output/table.ts";
import { bothEnds, localTime, oneLine, rewardText } from "../output/text.ts";
import { runDocument, usageDocument } from "./eval/document.ts";
import { failedRuns, failureText, taskTable, totalsText } from "./eval/report.ts";

/** Options of `hud jobs`. */
export interface JobsOptions {
  readonly id?: string;
  readonly limit: number;
  readonly dir?: string;
}

/** Lists the jobs kept here, newest first, or shows the runs of one. */
export async function jobsCommand(context: CliContext, options: JobsOptions): Promise<number> {
  const directory = fromCwd(context, options.dir ?? ".hud");
  const { listJobs, readJob } = await import("@hud-ts/core/results");
  if (options.id === undefined || options.id === "list") {
    await showList(context, (await listJobs(directory)).slice(0, options.limit));
  } else {
    await showJob(context, await readJob(directory, options.id));
  }
  return 0;
}

async function showList(context: CliContext, listings: readonly JobListing[]): Promise<void> {
  const { output } = context;
  output.document(listings.map(listingDocument));
  if (output.quiet) {
    for (const { id } of listings) output.data(id);
    return;
  }
  if (listings.length === 0) return output.note("No jobs here yet. `hud eval` keeps one for every run.");
  const columns = [
    { title: "ID" },
    { title: "Name" },
    { title: "Agent" },
    { title: "Mean", align: "right" as const },
    { title: "Graded", align: "right" as const },
    { title: "Created" },
  ];
  const nameWidth = Math.max(16, Math.min(40, output.width - 62)); // what the other columns take
  const rows = listings.map(({ id, job, problem }) => {
    if (job === null) return [id.slice(0, 8), oneLine(problem, 60), "", "", "", ""];
    const { graded, total } = job.coverage;
    return [
      id.slice(0, 8),
      bothEnds(job.name, nameWidth),
      job.agent.name,
      rewardText(job.reward),
      `${graded}/${total}`,
      localTime(job.createdAt),
    ];
  });
  output.data(await drawTable(columns, rows, output));
}

async function showJob(context: CliContext, job: StoredJob): Promise<void> {
  const { output } = context;
  output.document({ ...jobDocument(job), runs: job.runs.map(runDocument) });
  if (output.quiet) {
    for (const run of job.runs) output.data(run.trace.traceId);
    return;
  }
  const { bold } = output.colors;
  output.data(`${bold(job.name)} · ${job.agent.name} · ${localTime(job.createdAt)}\n`);
  output.data(await taskTable(context, job.runs));
  output.data(`\n${totalsText(job)}`);
  for (const run of failedRuns(job.runs)) output.data(`\n${failureText(context, job, run)}`);
  const traces = job.runs.map((run) => [run.trace.traceId, `${run.slug} #${run.repeat + 1}`, run.outcome]);
  output.data(`\n${await drawTable([{ title: "Trace" }, { title: "Run" }, { title: "Outcome" }], traces, output)}`);
  if (job.open > 0) output.note(`\n${job.open} left to run: hud eval --resume ${job.id}`);
}

function listingDocument({ id, job, problem }: JobListing): JsonObject {
  return job === null ? { job_id: id, problem } : jobDocument(job);
}

function jobDocument(job: StoredJob): JsonObject {
  return {
    job_id: job.id,
    job_dir: job.dir,
    name: job.name,
    created_at: job.createdAt,
    source: job.source?.path ?? null,
    agent: job.agent.name,
    mean_reward: job.reward,
    coverage: { ...job.coverage },
    outcomes: { ...job.outcomes },
    open_count: job.open,
    usage: usageDocument(job.usage),
  };
}
