import path from "node:path";

/** Where a job's files lie: `<hudDir>/jobs/<jobId>/…`. */
export interface JobPaths {
  readonly dir: string;
  readonly record: string;
  readonly journal: string;
  readonly traces: string;
  readonly blobs: string;
}

export function jobsDir(hudDir: string): string {
  return path.join(path.resolve(hudDir), "jobs");
}

export function jobPaths(hudDir: string, jobId: string): JobPaths {
  const dir = path.join(jobsDir(hudDir), jobId);
  return {
    dir,
    record: path.join(dir, "job.json"),
    journal: path.join(dir, "journal.jsonl"),
    traces: path.join(dir, "traces"),
    blobs: path.join(dir, "blobs"),
  };
}
