import { randomBytes } from "node:crypto";
import { appendFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../rollout/job.ts";
import { runJob } from "../rollout/run-job.ts";
import { summarise } from "../rollout/summary.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { agentDouble } from "../testing/agent-double.ts";
import { runtimeDouble } from "../testing/runtime-double.ts";
import { listJobs, readJob } from "./read-job.ts";
import { readTrace } from "./read-trace.ts";
import { passAtK, taskStatistics } from "./statistics.ts";

const tasks: TaskRow[] = [0, 1].map((n) => ({ env: "e", id: "t", args: { n }, slug: `t-${n}` }));
const screenshot = randomBytes(50_000).toString("base64");
const agent = agentDouble((run) => {
  if (run.task.slug === "t-1") throw new Error("no idea");
  run.record({
    source: "tool",
    call: { id: "c", name: "look", arguments: {} },
    result: { content: [{ type: "image", data: screenshot, mimeType: "image/png" }], isError: false },
  });
  run.record({
    source: "agent",
    content: "done",
    finishReason: "stop",
    model: "m",
    usage: { promptTokens: 10, completionTokens: 2, cachedTokens: null, costUsd: 0.5 },
  });
  return "x";
});

let dir: string;
let job: Job;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "hud-results-"));
  job = await runJob(tasks, agent, { runtime: runtimeDouble(), dir, group: 2 });
});

afterEach(() => rm(dir, { recursive: true, force: true }));

describe("readJob", () => {
  it("gives the job as it was returned, found by the beginning of its id", async () => {
    const stored = await readJob(dir, job.id.slice(0, 8));
    const { id, name, reward, coverage, outcomes, usage, passRate } = job;
    expect(stored).toMatchObject({ id, name, reward, coverage, outcomes, usage, passRate, group: 2, open: 0 });
    expect(stored.usage).toEqual({ promptTokens: 20, completionTokens: 4, cachedTokens: null, costUsd: 1 });
    expect(stored.runs).toEqual(job.runs.map((run) => ({ ...run, trace: { ...run.trace, steps: [] } })));
  });

  it("says what it does not find, and never leaves its directory", async () => {
    for (const id of ["nope", "", "..", `../jobs/${job.id}`]) {
      await expect(readJob(dir, id)).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
    }
  });
});

describe("listJobs", () => {
  it("lists the newest first, the unreadable with their problem, and nothing where there is nothing", async () => {
    const second = await runJob(tasks, agent, { runtime: runtimeDouble(), dir });
    await mkdir(path.join(dir, "jobs", "broken"));
    const listings = await listJobs(dir);
    expect(listings.map((listing) => listing.id)).toEqual([second.id, job.id, "broken"]);
    expect(listings[2]).toMatchObject({ job: null, problem: expect.stringContaining("job.json") });
    expect(await listJobs(path.join(dir, "nowhere"))).toEqual([]);
  });
});

describe("readTrace", () => {
  it("gives the steps as they were recorded, screenshots included", async () => {
    const [run = expect.fail("no run")] = job.runs;
    const stored = await readTrace(dir, run.trace.traceId.slice(0, 12));
    expect(stored.trace).toEqual(run.trace);
    expect(stored.run).toEqual(run);
    expect(stored.jobId).toBe(job.id);
    const bare = await readTrace(dir, run.trace.traceId, { blobs: false });
    expect(JSON.stringify(bare.trace).length).toBeLessThan(5000);
  });

  it("reads a trace that is still being written, up to its last whole line", async () => {
    const traceId = "f".repeat(32);
    const file = path.join(dir, "jobs", job.id, "traces", `${traceId}.jsonl`);
    await appendFile(
      file,
      '{"step_id":1,"source":"system","error":"e","started_at":"s","ended_at":"s","extra":{}}\n{"step_',
    );
    const stored = await readTrace(dir, traceId);
    expect(stored).toMatchObject({ run: null, trace: { status: null, steps: [{ stepId: 1, error: "e" }] } });
  });

  it("says which it does not find or cannot tell apart", async () => {
    await expect(readTrace(dir, "zzz")).rejects.toMatchObject({ code: "TRACE_NOT_FOUND" });
    await expect(readTrace(dir, "")).rejects.toMatchObject({ code: "TRACE_NOT_FOUND" });
  });
});

describe("statistics", () => {
  it("counts per task, agent failures as asked", () => {
    expect(taskStatistics(job.runs)).toMatchObject([
      { slug: "t-0", rewards: [1, 1], mean: 1, counted: 2, passed: 2 },
      { slug: "t-1", rewards: [null, null], mean: null, counted: 0, passed: 0 },
    ]);
    expect(taskStatistics(job.runs, { agentFailure: "zero" })[1]).toMatchObject({ mean: 0, counted: 2 });
    expect(summarise(job.runs)).toMatchObject({ reward: 1, passRate: 1, coverage: { graded: 2, total: 4 } });
    expect(summarise(job.runs, { passAt: 1.1 })).toMatchObject({ passRate: 0 });
    expect(summarise([])).toMatchObject({ reward: null, passRate: null, coverage: { graded: 0, total: 0 } });
  });

  it.each([
    { counted: 10, passed: 0, k: 1, expected: 0 },
    { counted: 10, passed: 10, k: 3, expected: 1 },
    { counted: 10, passed: 3, k: 1, expected: 0.3 },
    { counted: 5, passed: 2, k: 3, expected: 0.9 },
    { counted: 4, passed: 3, k: 2, expected: 1 },
  ])("pass@$k of $counted runs of which $passed passed is $expected", ({ counted, passed, k, expected }) => {
    expect(passAtK({ counted, passed }, k)).toBeCloseTo(expected, 12);
  });

  it("has no pass@k for more runs than counted", () => {
    expect(passAtK({ counted: 2, passed: 2 }, 3)).toBeNull();
    expect(passAtK({ counted: 2, passed: 2 }, 0)).toBeNull();
  });
});
