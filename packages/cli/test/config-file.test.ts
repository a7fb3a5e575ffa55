import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startChatServer } from "@hud-ts/provider-servers";
import { expect, test } from "vitest";
import { DOUBLES, documentOf, hud, project } from "./hud.ts";
import { runHere } from "./run-here.ts";

test.each([
  ["[eval\n", ".hud_eval.toml"],
  ["[evil]\n", "unknown section [evil]"],
  ["eval = 1\n", "'eval' must be a section"],
  ["[eval]\nmax_step = 3\n", "unknown setting 'max_step'"],
  ["[eval]\ngroup_size = 0\n", "'group_size' must be a whole number of at least 1, got 0"],
  ["[eval]\nfirst = 1\n", "'first' must be true or false"],
  ['[eval]\nmodel = "${NOT_SET_ANYWHERE}"\n', "${NOT_SET_ANYWHERE} is not set"],
  ['[eval]\nagent = "nop"\n[nop]\nanything = 1\n', "unknown option 'anything'"],
])("refuses %j", async (text, message) => {
  await using here = await project({ ...DOUBLES, ".hud_eval.toml": text });
  const done = await runHere(["eval", "tasks.ts", "--json"], here.path);
  expect(documentOf(done)).toMatchObject({ error: "usage", message: expect.stringContaining(message) });
  expect(done.code).toBe(2);
});

test("flags go before the file, the agent's section before [eval]; keys are filled in from ./.env", async () => {
  await using server = await startChatServer({ reply: () => "2" });
  const toml = `[eval]\nagent = "openai_compatible"\nmodel = "\${MY_MODEL}"\nbase_url = "${server.baseUrl}"\nmax_steps = 7\n`;
  const section = "[openai_compatible]\nmax_steps = 5\nmax_retries = 1\n";
  await using here = await project({ ...DOUBLES, ".hud_eval.toml": toml + section, ".env": "MY_MODEL=small\n" });
  const run = async (...flags: string[]) =>
    (await hud(["eval", "tasks.ts", "--first", "--runtime", "local", ...flags], { cwd: here.path })).stderr;
  expect(await run()).toContain("openai-compatible small · maxSteps 5 · maxRetries 1");
  expect(await run("--max-steps", "9", "-m", "large")).toContain("openai-compatible large · maxSteps 9");
  await writeFile(join(here.path, ".hud_eval.toml"), toml);
  expect(await run("--full")).toContain("maxSteps 7 · autoRespond true");
});

test("which tasks the flags choose stands in place of what the file chooses", async () => {
  await using here = await project({ ...DOUBLES, ".hud_eval.toml": '[eval]\nagent = "nop"\nall = true\n' });
  const run = async (...args: string[]) =>
    documentOf<{ run_count: number }>(await hud(["eval", ...args, "--runtime", "local", "--json"], { cwd: here.path }));
  expect((await run("--first")).run_count).toBe(1);
  await writeFile(join(here.path, ".hud_eval.toml"), '[eval]\nagent = "nop"\ntask_ids = ["double-2"]\n');
  expect((await run("--first")).run_count).toBe(1);
  expect((await run("--all")).run_count).toBe(2);
});

test("a key among an agent's options goes to the model and into no file, and a resume looks it up again", async () => {
  let isDown = true;
  await using server = await startChatServer({
    reply: () => (isDown ? { error: { status: 401, message: "no" } } : "2"),
  });
  const agent = `[openai_compatible.completion_kwargs]\nmetadata = { tokens = ["bearer \${PLANTED}"], price = "$$5" }\n`;
  const toml = `[eval]\nbase_url = "${server.baseUrl}"\n${agent}`;
  await using here = await project({ ...DOUBLES, ".hud_eval.toml": toml, ".env": "PLANTED=s3cr3t-0815\n" });
  const flags = ["--runtime", "local", "--json"];
  const begun = await runHere(["eval", "tasks.ts", "openai-compatible", "-m", "m", ...flags], here.path);
  const { job_id, job_dir } = documentOf<{ job_id: string; job_dir: string }>(begun);
  isDown = false;
  const resumed = await runHere(["eval", "--resume", job_id, ...flags], here.path);
  expect(resumed).toMatchObject({ code: 0 });

  expect(server.requests).toHaveLength(4);
  for (const { body } of server.requests) {
    expect(body).toMatchObject({ metadata: { tokens: ["bearer s3cr3t-0815"], price: "$5" } });
  }
  const files = (await readdir(job_dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(["job.json", "journal.jsonl"]));
  for (const text of [...texts, begun.stdout, begun.stderr, resumed.stdout, resumed.stderr]) {
    expect(text).not.toContain("s3cr3t-0815");
  }
  expect(texts.join()).toContain("bearer ${PLANTED}");
});
