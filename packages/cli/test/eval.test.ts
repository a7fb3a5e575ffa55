import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startChatServer } from "@hud-ts/provider-servers";
import { expect, test } from "vitest";
import { DOUBLES, documentOf, hud, project } from "./hud.ts";

interface EvalDocument {
  readonly job_id: string;
  readonly job_dir: string;
  readonly [member: string]: unknown;
  readonly runs: readonly {
    readonly outcome: string;
    readonly trace_id: string;
    readonly trace_error: string | null;
  }[];
}

test("all tasks run in processes of their own; the document, the table and the job agree", async () => {
  await using here = await project(DOUBLES);
  const done = await hud(["eval", "tasks.ts", "oracle", "--group", "2", "--json"], { cwd: here.path });
  expect(done.code).toBe(0);
  const document = documentOf<EvalDocument>(done);
  expect(document).toEqual({
    job_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    job_dir: join(here.path, ".hud", "jobs", document.job_id),
    source: join(here.path, "tasks.ts"),
    run_count: 4,
    mean_reward: 1,
    coverage: { graded: 4, total: 4 },
    outcomes: {
      graded: 4,
      "agent-failed": 0,
      "environment-failed": 0,
      "infra-failed": 0,
      "timed-out": 0,
      cancelled: 0,
    },
    error_count: 0,
    elapsed_seconds: expect.any(Number),
    usage: { prompt_tokens: null, completion_tokens: null, cached_tokens: null, cost_usd: null },
    tasks: [
      { slug: "double-1", mean: 1, rewards: [1, 1] },
      { slug: "double-2", mean: 1, rewards: [1, 1] },
    ],
    runs: [0, 1, 2, 3].map((at) => ({
      task_id: "double",
      slug: at < 2 ? "double-1" : "double-2",
      repeat: at % 2,
      outcome: "graded",
      reward: 1,
      is_error: false,
      trace_error: null,
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    })),
  });
  expect(done.stderr).toContain("tasks.ts: 2 tasks · 2 runs each · oracle · runtime process");
  expect(done.stderr).toMatch(/double-1 +2 +1\.000 1\.000 +1\.000/);
  expect(done.stderr).toContain("mean reward 1.000 over 4/4 graded · pass rate 100.0%");
  for (const run of document.runs)
    expect(existsSync(join(document.job_dir, "traces", `${run.trace_id}.jsonl`))).toBe(true);
});

test("the source is found, --first and --task-ids choose", async () => {
  await using here = await project(DOUBLES);
  const run = async (...args: string[]) =>
    documentOf<{ tasks: { slug: string }[] }>(
      await hud(["eval", ...args, "--runtime", "local", "--json"], { cwd: here.path }),
    );
  expect((await run("tasks.ts", "nop", "--first")).tasks.map(({ slug }) => slug)).toEqual(["double-1"]);
  expect((await run("tasks.ts", "nop", "--task-ids", "1")).tasks.map(({ slug }) => slug)).toEqual(["double-2"]);
  await writeFile(join(here.path, ".hud_eval.toml"), '[eval]\nagent = "nop"\ngroup_size = 3\n');
  expect((await run()).tasks).toEqual([
    { slug: "double-1", mean: 0, rewards: [0, 0, 0] },
    { slug: "double-2", mean: 0, rewards: [0, 0, 0] },
  ]);
});

test("rows of a file are served by the modules beside it", async () => {
  const rows = '{"env":"doubles","id":"double","args":{"n":4}}\n';
  await using here = await project({ "env.ts": DOUBLES["env.ts"], "rows.jsonl": rows });
  const done = await hud(["eval", "rows.jsonl", "oracle", "--json"], { cwd: here.path });
  expect(done.code).toBe(0);
  expect(documentOf(done)).toMatchObject({ mean_reward: 1 });
});

test("a run that is not graded makes the exit code 1, keeps the others, and has no reward", async () => {
  const env = DOUBLES["env.ts"].replace(
    "const answer",
    'if (n === 2) throw new Error("no such number");\n const answer',
  );
  await using here = await project({ ...DOUBLES, "env.ts": env });
  const done = await hud(["eval", "tasks.ts", "oracle", "--json"], { cwd: here.path });
  expect(done.code).toBe(1);
  expect(documentOf(done)).toMatchObject({
    mean_reward: 1,
    coverage: { graded: 1, total: 2 },
    error_count: 1,
    tasks: [
      { slug: "double-1", mean: 1, rewards: [1] },
      { slug: "double-2", mean: null, rewards: [null] },
    ],
    runs: [{ reward: 1 }, { reward: null, outcome: "environment-failed", is_error: true }],
  });
  expect(done.stderr).toContain("environment-failed double-2 #1");
  expect(done.stderr).toContain("no such number");
  expect(done.stderr).toMatch(/\.hud\/jobs\/[0-9a-f]{32}\/traces\/[0-9a-f]{32}\.jsonl/);
});

test("a model behind an endpoint, its key from ~/.hud/.env", async () => {
  await using here = await project(DOUBLES);
  await using server = await startChatServer({ reply: () => ({ content: "2" }) });
  await hud(["set", "OPENAI_API_KEY=from-the-file"], { cwd: here.path });
  const args = [
    "eval",
    "tasks.ts",
    "openai_compatible",
    "--model",
    "m",
    "--base-url",
    server.baseUrl,
    "--runtime",
    "local",
  ];
  const done = await hud([...args, "--max-steps", "3", "-c", "temperature=0.5", "--json"], { cwd: here.path });
  expect(done.code).toBe(0);
  const document = documentOf<EvalDocument>(done);
  expect(document).toMatchObject({ mean_reward: 0.5, tasks: [{ mean: 1 }, { mean: 0 }] });
  expect(server.requests[0]?.headers["authorization"]).toBe("Bearer from-the-file");
  expect(server.requests[0]?.body).toMatchObject({ model: "m", temperature: 0.5 });
  const record = await readFile(join(document.job_dir, "job.json"), "utf8");
  expect(JSON.parse(record).agent.config).toMatchObject({ maxSteps: 3 });
  expect(record).not.toContain("from-the-file");
});

test("a key in the base url is kept nowhere, and asked for again by a resume", async () => {
  await using here = await project(DOUBLES);
  await using server = await startChatServer({ reply: () => "2" });
  const baseUrl = `${server.baseUrl}?key=planted`;
  const flags = ["--runtime", "local", "--json"];
  const args = ["eval", "tasks.ts", "openai-compatible", "-m", "m", "--base-url", baseUrl, ...flags];
  const done = await hud(args, { cwd: here.path });
  const { job_id, job_dir } = documentOf<EvalDocument>(done);
  expect(done.stderr + (await readFile(join(job_dir, "job.json"), "utf8"))).not.toContain("planted");
  const resume = ["eval", "--resume", job_id, ...flags];
  expect(await hud(resume, { cwd: here.path })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--base-url"),
  });
  expect(await hud([...resume, "--base-url", baseUrl], { cwd: here.path })).toMatchObject({ code: 0 });
});

test("prepared answers", async () => {
  await using here = await project({ ...DOUBLES, "answers.json": '{"double-1":"2","double-2":"5"}' });
  const args = ["eval", "tasks.ts", "scripted", "-c", "answers=answers.json", "--runtime", "local", "--json"];
  expect(documentOf(await hud(args, { cwd: here.path }))).toMatchObject({ tasks: [{ mean: 1 }, { mean: 0 }] });
});

test("jobs and traces are listed and shown, by the beginning of their ids", async () => {
  await using here = await project(DOUBLES);
  const cwd = here.path;
  const job = documentOf<EvalDocument>(
    await hud(["eval", "tasks.ts", "oracle", "--runtime", "local", "--json"], { cwd }),
  );
  expect(documentOf(await hud(["jobs", "--json"], { cwd }))).toMatchObject([
    { job_id: job.job_id, agent: "oracle", mean_reward: 1, coverage: { graded: 2, total: 2 }, open_count: 0 },
  ]);
  expect((await hud(["jobs", "-q"], { cwd })).stdout).toBe(`${job.job_id}\n`);
  expect((await hud(["jobs", job.job_id.slice(0, 12)], { cwd })).stdout).toMatch(/double-2 +1 +1\.000 +1\.000/);
  const trace = await hud(["trace", job.runs[0]?.trace_id.slice(0, 12) ?? ""], { cwd });
  expect(trace.stdout).toContain("Twice 1?");
  expect(trace.stdout).toContain("reward 1.000");
  const steps = documentOf<{ source: string }[]>(await hud(["trace", job.runs[0]?.trace_id ?? "", "--json"], { cwd }));
  expect(steps.map(({ source }) => source)).toEqual(["task", "user", "agent", "task"]);
  expect(await hud(["jobs", "nosuch"], { cwd })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no job 'nosuch'"),
  });
  expect(documentOf(await hud(["trace", "nosuch", "--json"], { cwd }))).toMatchObject({ error: "not_found" });
});
