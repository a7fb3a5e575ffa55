import { errorText } from "../errors/sdk-error.ts";
import { bySlug } from "../rollout/job.ts";
import { type JobRecord, readJobRecord } from "../rollout/journal/job-record.ts";
import { jobPaths } from "../rollout/journal/paths.ts";
import { foldJournal, readJournal, slotKey } from "../rollout/journal/read-journal.ts";
import { type RunSummary, type SummaryOptions, summarise } from "../rollout/summary.ts";
import type { RunResult } from "../spec/run-result.ts";
import { jobIds, resolveJobId } from "./find.ts";

/** A job as its directory tells it. */
export interface StoredJob extends JobRecord, RunSummary {
  readonly dir: string;
  /** The latest result of each rollout that has one, tasks in order; `trace.steps` are empty, see `readTrace`. */
  readonly runs: readonly RunResult[];
  readonly results: ReadonlyMap<string, readonly RunResult[]>;
  /** Rollouts that a resume would run: never placed, interrupted, cancelled or lost to infrastructure. */
  readonly open: number;
}

/** A line of a job list: a job, or why it cannot be read. */
export type JobListing =
  | { readonly id: string; readonly job: StoredJob; readonly problem: null }
  | { readonly id: string; readonly job: null; readonly problem: string };

/**
 * Reads a job by its id or a unique beginning of it; also one that is running, or was killed at any byte.
 *
 * @param hudDir the directory given to `runJob` as `dir`, such as `.hud`
 * @throws JOB_NOT_FOUND, STORAGE_FAILED
 */
export async function readJob(hudDir: string, idOrPrefix: string, options: SummaryOptions = {}): Promise<StoredJob> {
  const id = await resolveJobId(hudDir, idOrPrefix);
  const paths = jobPaths(hudDir, id);
  const record = await readJobRecord(paths.record, id);
  const { lines } = await readJournal(paths.journal);
  const histories = foldJournal(lines, { rows: new Map(record.rows.map((row) => [row.slug, row])), jobId: id });
  const runs = record.rows.flatMap(({ slug }) =>
    Array.from({ length: record.group }, (_, repeat) => histories.get(slotKey(slug, repeat))?.latest ?? []).flat(),
  );
  const total = record.rows.length * record.group;
  const standing = runs.filter((run) => run.outcome !== "infra-failed" && run.outcome !== "cancelled").length;
  return {
    ...record,
    ...summarise(runs, { ...options, total }),
    dir: paths.dir,
    runs,
    results: bySlug(runs),
    open: total - standing,
  };
}

/** All jobs kept in `hudDir`, newest first. One that cannot be read is listed with its problem. */
export async function listJobs(hudDir: string): Promise<readonly JobListing[]> {
  const listings: JobListing[] = [];
  for (const id of await jobIds(hudDir)) {
    try {
      listings.push({ id, job: await readJob(hudDir, id), problem: null });
    } catch (error) {
      listings.push({ id, job: null, problem: errorText(error) });
    }
  }
  const age = (listing: JobListing) => listing.job?.createdAt ?? "";
  return listings.sort((a, b) => (age(a) < age(b) ? 1 : age(a) > age(b) ? -1 : 0));
}
