import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readJob } from "../results/read-job.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { agentDouble } from "../testing/agent-double.ts";
import { runtimeDouble } from "../testing/runtime-double.ts";
import { raceAbort, withResolvers } from "../util/abort.ts";
import { runJob } from "./run-job.ts";

const agent = agentDouble(() => "x");
const tasks: TaskRow[] = Array.from({ length: 6 }, (_, n) => ({ env: "e", id: "t", args: { n }, slug: `t-${n}` }));

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "hud-storage-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

it("stops a job whose results cannot be kept, loses nothing graded before, and goes on when there is room again", async () => {
  let jobId = "";
  let jobDir = "";
  const aborted: string[] = [];
  const hanging = withResolvers<void>();
  const runtime = runtimeDouble({
    grade: async ({ row, signal }) => {
      if (row.slug === "t-2") {
        await hanging.promise; // t-1 runs by now
        await rename(path.join(jobDir, "traces"), path.join(jobDir, "traces-gone"));
        return { score: 1 };
      }
      if (row.slug !== "t-1") return { score: 1 };
      hanging.resolve();
      return await raceAbort(new Promise<never>(() => {}), signal).finally(() => aborted.push(row.slug));
    },
  });
  const failure = await runJob(tasks, agent, {
    runtime,
    dir,
    maxConcurrent: 2,
    onEvent: (event) => {
      if (event.type !== "job") return;
      jobId = event.jobId;
      jobDir = event.dir ?? "";
    },
  }).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: "STORAGE_FAILED",
    message: expect.stringContaining("the job was stopped with 1 graded runs kept"),
    hint: expect.stringContaining(jobId),
    details: { jobId, graded: 1 },
  });
  expect(aborted).toEqual(["t-1"]);
  expect(runtime.leases.open).toBe(0);

  await rename(path.join(jobDir, "traces-gone"), path.join(jobDir, "traces"));
  expect(await readJob(dir, jobId)).toMatchObject({ coverage: { graded: 1, total: 6 }, open: 5 });
  const healthy = runtimeDouble();
  expect(await runJob(tasks, agent, { runtime: healthy, dir, resume: jobId })).toMatchObject({
    coverage: { graded: 6, total: 6 },
  });
  expect(healthy.leases.taken).toBe(5);
});
