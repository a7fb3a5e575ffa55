import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readJob } from "../results/read-job.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { agentDouble } from "../testing/agent-double.ts";
import { PeerError, type RuntimeScript, runtimeDouble } from "../testing/runtime-double.ts";
import { foldJournal, parseJournal, readJournal } from "./journal/read-journal.ts";
import { runJob } from "./run-job.ts";

const agent = agentDouble(() => "x");
const rows = (count: number): TaskRow[] =>
  Array.from({ length: count }, (_, n) => ({ env: "e", id: "t", args: { n }, slug: `t-${n}` }));
const byRow = new Map(rows(10).map((row) => [row.slug, row]));

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "hud-resume-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

/** A runtime that remembers which rows it started. */
function counting(script: RuntimeScript = {}): { runtime: ReturnType<typeof runtimeDouble>; started: string[] } {
  const started: string[] = [];
  const runtime = runtimeDouble({
    ...script,
    start: (call) => {
      started.push(call.row.slug);
      return script.start?.(call) ?? { prompt: "go" };
    },
  });
  return { runtime, started };
}

describe("resume", () => {
  it("keeps what stands and runs the rest as fresh attempts", async () => {
    const first = counting({
      start: ({ row }) => {
        if (row.slug === "t-1") throw new Error("setup broke");
        if (row.slug === "t-2") throw new PeerError(-32602, "unknown task: 't'");
        return { prompt: "go" };
      },
    });
    const before = await runJob(rows(4), agent, { runtime: first.runtime, dir });
    expect(before.outcomes).toMatchObject({ graded: 2, "environment-failed": 1, "infra-failed": 1 });

    const second = counting();
    const events: object[] = [];
    const after = await runJob(rows(4), agent, {
      runtime: second.runtime,
      dir,
      resume: before.id,
      onEvent: (event) => events.push(event),
    });
    expect(second.started).toEqual(["t-2"]);
    expect(events[0]).toMatchObject({ type: "job", total: 4, kept: 3 });
    expect(after).toMatchObject({ id: before.id, outcomes: { graded: 3, "environment-failed": 1 } });
    expect(after.runs[2]).toMatchObject({ slug: "t-2", attempt: 2, groupId: before.runs[2]?.groupId });
    for (const kept of [0, 1, 3]) {
      const { trace, ...run } = before.runs[kept] ?? expect.fail("a run is missing");
      expect(after.runs[kept]).toEqual({ ...run, trace: { ...trace, steps: [] } });
    }
    const third = counting();
    await runJob(rows(4), agent, { runtime: third.runtime, dir, resume: before.id });
    expect(third.started).toEqual([]);
  });

  it("keeps a grade whose process was killed before the rollout ended", async () => {
    const job = await runJob(rows(1), agent, { runtime: runtimeDouble(), dir });
    const journal = path.join(job.dir ?? "", "journal.jsonl");
    const lines = (await readFile(journal, "utf8")).split("\n");
    await writeFile(journal, `${lines.slice(0, 3).join("\n")}\n`);
    const { runtime, started } = counting();
    const after = await runJob(rows(1), agent, { runtime, dir, resume: job.id });
    expect(started).toEqual([]);
    expect(after.runs).toMatchObject([{ outcome: "graded", reward: 1, answer: "x" }]);
  });

  it("refuses a changed source, changed rows, another agent and another group, unless changes are allowed", async () => {
    const source = { path: "tasks.ts", hash: "a" };
    const { id } = await runJob(rows(2), agent, { runtime: runtimeDouble(), dir, source });
    const resume = async (options: object, tasks = rows(2), by = agent) =>
      await runJob(tasks, by, { runtime: runtimeDouble(), dir, source, resume: id, ...options }).catch(
        (error: unknown) => error,
      );
    const changed = { code: "SOURCE_CHANGED" };
    expect(await resume({ source: { path: "tasks.ts", hash: "b" } })).toMatchObject(changed);
    expect(await resume({}, rows(3))).toMatchObject({ ...changed, message: expect.stringContaining("'t-2' is new") });
    expect(await resume({}, rows(1))).toMatchObject({
      ...changed,
      message: expect.stringContaining("'t-1' is missing"),
    });
    const edited = rows(2).map((row) => ({ ...row, args: { n: 9 } }));
    expect(await resume({}, edited)).toMatchObject({
      ...changed,
      message: expect.stringContaining("'t-0' is not what it was"),
    });
    expect(await resume({}, rows(2), { ...agent, name: "other" })).toMatchObject({ code: "INVALID_OPTION" });
    expect(await resume({ group: 2 })).toMatchObject({ code: "INVALID_OPTION" });
    expect(await resume({ allowChanged: true }, rows(3))).toMatchObject({ coverage: { graded: 3, total: 3 } });
    expect(await readJob(dir, id)).toMatchObject({ rows: [{}, {}, { slug: "t-2" }], open: 0 });
  });

  it("lets one process at a time write a job", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let id = "";
    const running = runJob(rows(1), agent, {
      runtime: runtimeDouble({ grade: () => held.then(() => ({ score: 1 })) }),
      dir,
      onEvent: (event) => {
        id = event.type === "job" ? event.jobId : id;
      },
    });
    await expect.poll(() => id).not.toBe("");
    await expect(runJob(rows(1), agent, { runtime: runtimeDouble(), dir, resume: id })).rejects.toMatchObject({
      code: "JOB_LOCKED",
      details: { pid: process.pid },
    });
    release();
    await running;
    await runJob(rows(1), agent, { runtime: runtimeDouble(), dir, resume: id });
  });

  it("says which line of a journal it cannot read, rather than dropping it", async () => {
    const { id, dir: jobDir } = await runJob(rows(1), agent, { runtime: runtimeDouble(), dir });
    await appendFile(path.join(jobDir ?? "", "journal.jsonl"), 'not json\n{"v":1,"type":"from-the-future"}\n');
    await expect(runJob(rows(1), agent, { runtime: runtimeDouble(), dir, resume: id })).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: expect.stringContaining("line 5 of"),
    });
  });
});

describe("a journal cut off at any byte", () => {
  it("tells exactly the runs whose grade is whole, and where to go on", async () => {
    const job = await runJob(rows(2), agent, { runtime: runtimeDouble(), dir, maxConcurrent: 2 });
    const bytes = await readFile(path.join(job.dir ?? "", "journal.jsonl"));
    for (let length = 0; length <= bytes.byteLength; length++) {
      const left = bytes.subarray(0, length);
      const content = parseJournal(left, "cut.jsonl");
      const whole = left.toString("utf8").split("\n").slice(0, -1);
      expect(content.completeBytes).toBe(whole.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0));
      const graded = whole.map((line) => JSON.parse(line)).filter((line) => line.type === "graded");
      const slots = foldJournal(content.lines, { rows: byRow, jobId: job.id });
      const known = [...slots.values()].flatMap((slot) => slot.runs);
      expect(new Set(known.map((run) => run.slug))).toEqual(new Set(graded.map((line) => line.slug)));
      expect(known).toHaveLength(graded.length);
    }
  });

  it("is resumed to every rollout exactly once, wherever it was cut and however often", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (cuts, group) => {
          const home = await mkdtemp(path.join(dir, "case-"));
          let grades = 0;
          const script: RuntimeScript = { grade: () => ({ score: ++grades / 1000 }) };
          const first = await runJob(rows(2), agent, {
            runtime: runtimeDouble(script),
            dir: home,
            group,
            maxConcurrent: 2,
          });
          let last = first;
          for (const cut of cuts) {
            const journal = path.join(first.dir ?? "", "journal.jsonl");
            const bytes = await readFile(journal);
            await truncate(journal, cut % (bytes.byteLength + 1));
            const { lines } = await readJournal(journal);
            const slots = foldJournal(lines, { rows: byRow, jobId: first.id });
            const standing = [...slots.values()].flatMap((slot) => slot.runs);
            const { runtime, started } = counting(script);
            last = await runJob(rows(2), agent, { runtime, dir: home, resume: first.id });
            expect(started).toHaveLength(2 * group - standing.length);
            for (const run of standing) expect(last.runs).toContainEqual(run);
          }
          expect(last.coverage).toEqual({ graded: 2 * group, total: 2 * group });
          const keys = last.runs.map((run) => `${run.slug}#${run.repeat}`);
          expect(new Set(keys).size).toBe(2 * group);
        },
      ),
      { numRuns: 12 },
    );
  });
});
