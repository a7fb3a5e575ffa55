import { afterAll, beforeAll, expect, test } from "vitest";
import { never, type TestSandbox, testSandbox } from "./__fixtures__/sandbox-root.ts";
import type { Sandbox } from "./contract.ts";

let inside: TestSandbox;
let sandbox: Sandbox;
beforeAll(async () => {
  inside = await testSandbox();
  sandbox = inside.sandbox;
});
afterAll(() => inside[Symbol.asyncDispose]());

const run = (command: string, more: object = {}) => sandbox.run({ command, ...more }, { signal: never });

test("keeps stdout and stderr apart and tells the true exit code", async () => {
  expect(await run("echo out; echo err >&2; exit 7")).toEqual({
    exitCode: 7,
    stdout: "out\n",
    stderr: "err\n",
    timedOut: false,
    droppedBytes: 0,
  });
  expect((await run("exit 300")).exitCode).toBe(44);
  expect((await run("no-such-program")).exitCode).toBe(127);
  expect((await run("kill -9 $$")).exitCode).toBeNull();
});

test("has an exact environment", async () => {
  const { stdout } = await run("env | grep -v ^_= | sort", { env: { GREETING: "hello world" } });
  expect(stdout.trim().split("\n")).toEqual([
    "GREETING=hello world",
    "HOME=/workspace",
    "LANG=C.UTF-8",
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "PWD=/workspace",
    "SHLVL=1",
  ]);
});

test("starts in the asked directory", async () => {
  expect((await run("mkdir -p a/b && cd a/b && pwd")).stdout).toBe("/workspace/a/b\n");
  expect((await run("pwd", { cwd: "/workspace/a" })).stdout).toBe("/workspace/a\n");
  await expect(run("pwd", { cwd: "/workspace/none" })).rejects.toMatchObject({
    code: "TOOL_INPUT_INVALID",
    message: expect.stringContaining("/workspace/none"),
  });
});

test("gives stdin and then its end, on pipes that can be opened by name", async () => {
  expect((await run("wc -c", { stdin: "x".repeat(1_000_000) })).stdout.trim()).toBe("1000000");
  expect((await run("cat")).stdout).toBe("");
  expect((await run("sleep 0.1; cat /dev/stdin > /dev/stdout", { stdin: "late" })).stdout).toBe("late");
  expect((await run("true", { stdin: "x".repeat(1_000_000) })).exitCode).toBe(0);
});

test("does not take itself for a remote shell", async () => {
  await run("echo 'echo from-bashrc' > ~/.bashrc");
  expect((await run("env -u SHLVL bash -c true")).stdout).toBe("");
  await run("rm ~/.bashrc");
});

test("cuts no character in two", async () => {
  const { stdout, droppedBytes } = await run("printf 'aaéé'", { maxOutputBytes: 5 });
  expect({ stdout, droppedBytes }).toEqual({ stdout: "aa\n[… 1 bytes dropped …]\né", droppedBytes: 1 });
});

test("keeps the beginning and the end of a flood and counts the rest", async () => {
  const { stdout, droppedBytes, exitCode } = await run(
    "echo first; head -c 50000000 /dev/zero | tr '\\0' y; echo; echo last",
    {
      maxOutputBytes: 1000,
    },
  );
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^first\ny+\n\[… \d+ bytes dropped …\]\ny+\nlast\n$/);
  expect(droppedBytes).toBe(50_000_000 + "first\n\nlast\n".length - 1000);
});

test("delivers all that was in the pipe when the leader ended", async () => {
  const { stdout } = await run("head -c 60000 /dev/zero | tr '\\0' z");
  expect(stdout.length).toBe(60_000);
});

test("does not wait for a child that holds stdout", async () => {
  const started = performance.now();
  const { stdout } = await run("(sleep 30; echo late) & echo done");
  expect(stdout).toBe("done\n");
  expect(performance.now() - started).toBeLessThan(5000);
  expect(await inside.sh("pgrep -c sleep")).toBe("1\n"); // it goes on
  await sandbox.killAll();
});

test("kills the whole group when the time is over, and keeps what was printed", async () => {
  const result = await run("echo before; sleep 30 & sleep 31", { timeoutMs: 300 });
  expect(result).toMatchObject({ exitCode: null, timedOut: true, stdout: "before\n" });
  expect(await inside.sh("pgrep sleep")).toBe("");
});

test("kills the group and rejects with the reason when the signal fires", async () => {
  const controller = new AbortController();
  const running = sandbox.run({ command: "echo $$ > pid; sleep 30" }, { signal: controller.signal });
  await expect.poll(() => inside.sh("cat pid 2>/dev/null")).toMatch(/^\d+\n$/);
  controller.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  await expect.poll(() => inside.sh("pgrep sleep")).toBe("");
});

test("runs 100 commands side by side", async () => {
  const results = await Promise.all(Array.from({ length: 100 }, (_, index) => run(`echo ${index}`)));
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 100 }, (_, index) => index));
});

test("says that a running sandbox cannot mount", async () => {
  await expect(run("true", { files: { "/tests": "/x" } })).rejects.toMatchObject({ code: "CAPABILITY_UNSUPPORTED" });
});
