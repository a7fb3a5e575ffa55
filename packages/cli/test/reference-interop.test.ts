import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const hud = join(root, "packages/cli/bin/hud.js");
const venv = join(root, "node_modules/.cache/reference/bin");
const example = join(root, "examples/letter-count/env.ts");

/** `hud serve --no-auth` of the example, in a directory of its own. */
async function serveExample() {
  const cwd = await mkdtemp(join(tmpdir(), "hud-interop-"));
  const child = spawn(process.execPath, [hud, "serve", example, "--no-auth", "--port", "0"], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let port = "";
  for await (const line of createInterface(child.stdout)) {
    port = /^HUD_SERVE_PORT=(\d+)$/.exec(line)?.[1] ?? "";
    if (port !== "") break;
  }
  const gone = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    url: `tcp://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await gone;
      await rm(cwd, { recursive: true });
    },
  };
}

test("the reference's client lists, starts and grades the example", async () => {
  await using server = await serveExample();
  const script = fileURLToPath(new URL("./interop/client.py", import.meta.url));
  const { stdout } = await run(join(venv, "python"), [script, server.url]);
  expect(JSON.parse(stdout)).toMatchObject({
    env: "letter-count",
    tasks: ["count-letter", "count-letters"],
    start: { prompt: expect.stringContaining("strawberry") },
    grade: { score: 1 },
    "second grade": [-32600, expect.stringContaining("no task in progress")],
    "typed grade": { score: 1, done: true, isError: false },
    "bad args": [-32000, expect.stringContaining("task 'count-letter': bad args ['wordd']")],
  });
}, 60_000);

test("the reference's command line starts a task and grades it in a second process", async () => {
  await using server = await serveExample();
  const env = { ...process.env, HUD_SKIP_VERSION_CHECK: "1", CI: "1", HUD_TELEMETRY_ENABLED: "false" };
  const task = (...args: string[]) => run(join(venv, "hud"), ["task", ...args, "--url", server.url, "--json"], { env });
  const args = ["--args", '{"word": "banana", "letter": "a"}'];
  const started = await task("start", "count-letter", ...args);
  expect(JSON.parse(started.stdout)).toMatchObject({ prompt: expect.stringContaining("banana") });
  const graded = await task("grade", "count-letter", ...args, "--answer", "3");
  expect(JSON.parse(graded.stdout)).toMatchObject({ score: 1 });
}, 60_000);
