import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SdkError } from "../errors/sdk-error.ts";
import type { RuntimeV1 } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { agentDouble } from "../testing/agent-double.ts";
import { manualClock } from "../testing/manual-clock.ts";
import { runtimeDouble } from "../testing/runtime-double.ts";
import { raceAbort } from "../util/abort.ts";
import type { JobEvent } from "./job.ts";
import { runJob } from "./run-job.ts";

const agent = agentDouble((run) => run.task.args["n"]);
const rows = (count: number): TaskRow[] =>
  Array.from({ length: count }, (_, n) => ({ env: "e", id: "count", args: { n }, slug: `count-${n}` }));

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "hud-job-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

describe("runJob", () => {
  it("runs every task `group` times, in order, and sums up", async () => {
    const runtime = runtimeDouble({ grade: ({ row }) => ({ score: row.slug === "count-0" ? 1 : 0.5 }) });
    const job = await runJob(rows(2), agent, { runtime, group: 3, dir, maxConcurrent: 2, name: "bugs" });
    expect(job).toMatchObject({
      name: "bugs (2 tasks) (3 times)",
      reward: 0.75,
      passRate: 0.5,
      coverage: { graded: 6, total: 6 },
      stopped: null,
      dir: path.join(dir, "jobs", job.id),
    });
    expect(job.runs.map((run) => `${run.slug}#${run.repeat}`)).toEqual([
      "count-0#0",
      "count-0#1",
      "count-0#2",
      "count-1#0",
      "count-1#1",
      "count-1#2",
    ]);
    expect(new Set(job.runs.map((run) => run.groupId)).size).toBe(2);
    expect(job.runs[0]?.groupId).toMatch(/^[0-9a-f]{32}$/);
    expect([...job.results.keys()]).toEqual(["count-0", "count-1"]);
    expect(runtime.leases.peak).toBe(2);
  });

  it("is called after the template for a single task", async () => {
    const runtime = runtimeDouble();
    expect((await runJob(rows(1), agent, { runtime, dir: null })).name).toBe("count");
    expect((await runJob(rows(1), agent, { runtime, dir: null, group: 2 })).name).toBe("count (2 times)");
    expect((await runJob(rows(2), agent, { runtime, dir: null })).name).toBe("taskset (2 tasks)");
  });

  it("journals each result before it is reported, and the steps before the result", async () => {
    const lines: string[] = [];
    const job = await runJob(rows(3), agent, {
      runtime: runtimeDouble(),
      dir,
      onEvent: (event) => lines.push(event.type),
    });
    const journal = (await readFile(path.join(job.dir ?? "", "journal.jsonl"), "utf8")).trimEnd().split("\n");
    const events = journal.map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ v: 1, type: "job", jobId: job.id, total: 3, kept: 0 });
    for (const run of job.runs) {
      const own = events.filter((event) => event.slug === run.slug);
      expect(own.map((event) => event.type)).toEqual(["started", "graded", "ended"]);
      const trace = await readFile(path.join(job.dir ?? "", "traces", `${run.trace.traceId}.jsonl`), "utf8");
      expect(trace.trimEnd().split("\n")).toHaveLength(run.trace.steps.length);
      expect(JSON.parse(trace.split("\n")[0] ?? "")).toMatchObject({
        step_id: 1,
        source: "task",
        task_call: { phase: "setup" },
      });
    }
    expect(lines.filter((type) => type === "ended")).toHaveLength(3);
    expect(await readdir(job.dir ?? "")).toEqual(["job.json", "journal.jsonl", "traces"]);
  });

  it("says what it was asked in job.json", async () => {
    const job = await runJob(rows(1), agent, {
      runtime: runtimeDouble(),
      dir,
      source: { path: "tasks.ts", hash: "abc" },
      recordConfig: { flag: true },
    });
    expect(JSON.parse(await readFile(path.join(job.dir ?? "", "job.json"), "utf8"))).toMatchObject({
      v: 1,
      id: job.id,
      rows: [{ env: "e", id: "count", args: { n: 0 }, slug: "count-0" }],
      agent: { name: "double" },
      runtimes: ["double"],
      source: { path: "tasks.ts", hash: "abc" },
      versions: { "@hud-ts/core": expect.any(String) },
      config: { flag: true },
    });
  });

  it("refuses what cannot run before anything is placed or written", async () => {
    const runtime = runtimeDouble();
    const refused = async (options: object, tasks = rows(1)) =>
      await runJob(tasks, agent, { runtime, dir, ...options }).catch((error: unknown) => error);
    expect(await refused({ maxConcurrent: 0 })).toMatchObject({
      code: "INVALID_OPTION",
      message: "max_concurrent must be >= 1",
    });
    expect(await refused({ group: 0 })).toMatchObject({ code: "INVALID_OPTION", message: "group must be >= 1" });
    expect(await refused({ rolloutTimeoutMs: -1 })).toMatchObject({ code: "INVALID_OPTION" });
    expect(await refused({ dir: null, resume: "x" })).toMatchObject({ code: "INVALID_OPTION" });
    expect(await refused({}, [...rows(1), ...rows(1)])).toMatchObject({ code: "DUPLICATE_SLUG" });
    expect(await refused({ resume: "none" })).toMatchObject({ code: "JOB_NOT_FOUND" });
    expect(runtime.leases.taken).toBe(0);
    expect(await readdir(dir)).toEqual([]);
  });

  it("prepares each runtime once, with its rows, and releases it after the last rollout", async () => {
    const order: string[] = [];
    const prepared = (id: string): RuntimeV1 => ({
      ...runtimeDouble({ id, release: () => void order.push(`release ${id}`) }),
      prepare: async (tasks) => {
        order.push(`prepare ${id}: ${tasks.map((task) => task.slug).join()}`);
        return { [Symbol.asyncDispose]: async () => void order.push(`done ${id}`) };
      },
    });
    const [a, b] = [prepared("a"), prepared("b")];
    await runJob(rows(3), agent, { runtime: (row) => (row.slug === "count-1" ? b : a), dir: null });
    expect(order.slice(0, 2)).toEqual(["prepare a: count-0,count-2", "prepare b: count-1"]);
    expect(order.slice(-2)).toEqual(["done b", "done a"]);
  });

  it("tries what infrastructure lost again, and nothing else", async () => {
    const clock = manualClock();
    const events: JobEvent[] = [];
    let failures = 2;
    const runtime = runtimeDouble({
      acquire: () => {
        if (failures-- > 0) throw new SdkError({ code: "RUNTIME_LOST", message: "gone" });
      },
    });
    const job = await runJob(rows(1), agent, {
      runtime,
      dir,
      clock,
      retries: 2,
      onEvent: (event) => {
        events.push(event);
        if (event.type === "retry") setImmediate(() => void clock.advance(event.delayMs));
      },
    });
    expect(job.runs).toMatchObject([{ outcome: "graded", attempt: 3 }]);
    const retries = events.filter((event) => event.type === "retry");
    expect(retries).toMatchObject([{ attempt: 1, error: { code: "RUNTIME_LOST" } }, { attempt: 2 }]);
    for (const [index, event] of retries.entries()) {
      expect(event.delayMs).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(event.delayMs).toBeLessThanOrEqual(1000 * 2 ** index);
    }
    const failing = runtimeDouble({
      start: () => {
        throw new Error("no");
      },
    });
    expect((await runJob(rows(1), agent, { runtime: failing, dir: null })).runs).toMatchObject([
      { outcome: "environment-failed", attempt: 1 },
    ]);
  });

  it("stops placing when infrastructure keeps failing, and says so", async () => {
    const runtime = runtimeDouble({
      acquire: () => {
        throw new SdkError({ code: "RUNTIME_AUTH", message: "bad token" });
      },
    });
    const job = await runJob(rows(40), agent, { runtime, dir, maxConcurrent: 1, breakAfter: 4 });
    expect(job).toMatchObject({
      reward: null,
      coverage: { graded: 0, total: 40 },
      outcomes: { "infra-failed": 4, cancelled: 36 },
      stopped: { reason: "circuit-breaker", message: expect.stringContaining("RUNTIME_AUTH: bad token") },
    });
    expect(job.runs[39]).toMatchObject({
      outcome: "cancelled",
      error: { code: "ABORTED", message: expect.stringMatching(/^not started/) },
    });
  });

  it("is cancelled by its signal: what runs is torn down, the rest is not started, the job comes back", async () => {
    const caller = new AbortController();
    const runtime = runtimeDouble({
      grade: ({ row, signal }) => {
        if (row.slug === "count-0") return { score: 1 };
        if (row.slug === "count-2") setImmediate(() => caller.abort());
        return raceAbort(new Promise<never>(() => {}), signal);
      },
    });
    const job = await runJob(rows(5), agent, { runtime, dir, maxConcurrent: 2, signal: caller.signal });
    expect(job).toMatchObject({ stopped: { reason: "cancelled" }, outcomes: { graded: 1, cancelled: 4 }, reward: 1 });
    expect(runtime.leases).toMatchObject({ open: 0, taken: 3 });
  });

  it("keeps the steps of small jobs in memory, and those of large ones on disk only", async () => {
    const runtime = runtimeDouble();
    const small = await runJob(rows(2), agent, { runtime, dir });
    expect(small.runs[0]?.trace.steps).toHaveLength(3);
    const large = await runJob(rows(65), agent, { runtime, dir });
    expect(large.runs.every((run) => run.trace.steps.length === 0)).toBe(true);
    const unkept = await runJob(rows(65), agent, { runtime, dir: null });
    expect(unkept.runs[0]?.trace.steps).toHaveLength(3);
  });

  it("outlives a listener that throws", async () => {
    const warnings: Error[] = [];
    const collect = (warning: Error) => void warnings.push(warning);
    process.on("warning", collect);
    const job = await runJob(rows(1), agent, {
      runtime: runtimeDouble(),
      dir: null,
      onEvent: (event) => {
        if (event.type === "ended") throw new Error("listener");
      },
    });
    await expect.poll(() => warnings.map((warning) => warning.message)).toContain("listener");
    process.off("warning", collect);
    expect(job.coverage.graded).toBe(1);
  });

  it("counts agent failures as asked", async () => {
    const half = agentDouble((run) => {
      if (run.task.slug === "count-1") throw new Error("no idea");
      return "x";
    });
    const options = { runtime: runtimeDouble(), dir: null };
    expect(await runJob(rows(2), half, options)).toMatchObject({ reward: 1, coverage: { graded: 1, total: 2 } });
    expect(await runJob(rows(2), half, { ...options, agentFailure: "zero" })).toMatchObject({
      reward: 0.5,
      passRate: 0.5,
    });
  });
});
