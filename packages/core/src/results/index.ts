/**
 * Reading what jobs left on disk, and counting it.
 *
 * @module
 */
export type { JobRecord, JobSource } from "../rollout/journal/job-record.ts";
export { type RunSummary, type SummaryOptions, summarise } from "../rollout/summary.ts";
export { sumUsage } from "../rollout/usage.ts";
export { resolveJobId } from "./find.ts";
export { type JobListing, listJobs, readJob, type StoredJob } from "./read-job.ts";
export { type ReadTraceOptions, readTrace, type StoredTrace } from "./read-trace.ts";
export { passAtK, type TaskStatistics, taskStatistics } from "./statistics.ts";
