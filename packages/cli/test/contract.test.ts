import { spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { PassThrough } from "node:stream";
import { runCli } from "@hud-ts/cli";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DOUBLES, documentOf, hud, project } from "./hud.ts";
import { runHere } from "./run-here.ts";

let cwd: string;
let home: Awaited<ReturnType<typeof project>>;
beforeAll(async () => {
  home = await project();
  cwd = home.path;
});
afterAll(() => home[Symbol.asyncDispose]());

test("the version costs little more than starting Node", async () => {
  const times = { node: Number.POSITIVE_INFINITY, version: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 4; round++) {
    const node = await timed(() => once(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }), "close"));
    const version = await timed(() => hud(["--version"], { cwd }));
    times.node = Math.min(times.node, node);
    times.version = Math.min(times.version, version);
  }
  expect(times.version).toBeLessThan(2.5 * times.node);
  expect((await hud(["--version"], { cwd })).stdout).toMatch(/^hud \d+\.\d+\.\d+\n$/);
});

async function timed(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await run();
  return performance.now() - from;
}

test("help is data and exits 0; a command that needs another is a mistake and exits 2", async () => {
  const help = await runHere(["--help"], cwd);
  expect(help.code).toBe(0);
  for (const command of ["eval", "serve", "relay", "task", "info", "jobs", "trace", "init", "set", "completion"]) {
    expect(help.stdout).toMatch(new RegExp(`^  ${command}`, "m"));
  }
  expect(await hud([], { cwd })).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("Usage: hud") });
  expect(await runHere(["task"], cwd)).toMatchObject({ code: 2, stdout: "" });
});

test.each([
  [["evil"], "unknown command 'evil'", "Did you mean 'eval'?"],
  [["eval", "--fist"], "unknown option '--fist'", "Did you mean '--first'?"],
  [["eval", "--group", "0"], "expected a whole number of at least 1, got '0'", undefined],
  [["eval", "--rollout-timeout", "-1"], "expected seconds greater than 0", undefined],
  [["serve", "--port", "70000"], "expected a port from 0 to 65535", undefined],
  [["trace"], "missing required argument 'id'", "See `hud trace --help`."],
  [["task", "start"], "missing required argument 'task'", "See `hud task start --help`."],
  [["set", "1KEY=x"], "'1KEY' is no name", undefined],
  [["completion", "tcsh"], "unknown shell 'tcsh'", undefined],
])("%j is a usage error: one screen, no stack, one document", async (args, message, hint) => {
  const plain = await runHere(args, cwd);
  expect(plain).toMatchObject({ code: 2, stdout: "" });
  expect(plain.stderr).toContain(`Error: `);
  expect(plain.stderr).toContain(message);
  if (hint !== undefined) expect(plain.stderr).toContain(`Hint: ${hint}`);
  expect(plain.stderr).not.toMatch(/^\s+at /m);
  const json = await runHere([...args, "--json"], cwd);
  expect(json.code).toBe(2);
  expect(documentOf(json)).toMatchObject({ error: "usage", message: expect.stringContaining(message) });
});

test("help and version are documents with --json", async () => {
  expect(documentOf(await runHere(["-V", "--json"], cwd))).toEqual({ name: "hud", version: expect.any(String) });
  for (const args of [
    ["--help", "--json"],
    ["eval", "--json", "--help"],
  ]) {
    const done = await runHere(args, cwd);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(documentOf(done)).toEqual({ help: expect.stringContaining("Usage: hud") });
  }
});

test.each([
  ["Ctrl-C", "\u0003"],
  ["Escape", "\u001b"],
])("a question left with %s ends the command as interrupted, and nothing is done", async (_, key) => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const running = runCli(["init"], { stdin, stderr, stdout: new PassThrough(), cwd, env: { NO_COLOR: "1" } });
  let said = "";
  stderr.setEncoding("utf8").on("data", (chunk) => {
    if (said.length === 0) setImmediate(() => stdin.write(key));
    said += chunk;
  });
  expect(await running).toBe(130);
  expect(said).toContain("Cancelled.");
  expect(said).not.toContain("Error:");
});

test("what a source prints does not get into the data", async () => {
  const loud = `console.log("imported"); process.stdout.write("raw\\n");\n${DOUBLES["tasks.ts"]}`;
  await using here = await project({ ...DOUBLES, "tasks.ts": loud });
  const done = await hud(["task", "list", "--json"], { cwd: here.path });
  expect(documentOf(done)).toHaveLength(2);
  expect(done.stderr).toContain("imported\nraw\n");
  const slugs = await hud(["task", "list", "--quiet"], { cwd: here.path });
  expect(slugs.stdout).toBe("double-1\ndouble-2\n");
});

test("a reader that goes away does not break a command", async () => {
  const child = spawn("bash", ["-c", `"${process.execPath}" "$0" --help | true; exit \${PIPESTATUS[0]}`, bin()], {
    cwd,
  });
  expect(await once(child, "close")).toEqual([0, null]);
});

function bin(): string {
  return new URL("../bin/hud.js", import.meta.url).pathname;
}

test("data that cannot be written is a failure, told without a stack", async () => {
  const child = spawn("bash", ["-c", `"${process.execPath}" "$0" jobs --json > /dev/full`, bin()], { cwd });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk) => (said += chunk));
  expect(await once(child, "close")).toEqual([1, null]);
  expect(said).toMatch(/^No jobs here yet.*\nError: cannot write the output: ENOSPC.*\n$/);
});

test("keys are kept for the user alone, and read back", async () => {
  const set = await hud(["set", "A_KEY=se'cret", "OTHER=1", "--json"], { cwd });
  expect(documentOf(set)).toEqual({ path: `${cwd}/.hud/.env`, keys: ["A_KEY", "OTHER"] });
  const { readFile, stat } = await import("node:fs/promises");
  expect((await stat(`${cwd}/.hud/.env`)).mode & 0o777).toBe(0o600);
  expect(await readFile(`${cwd}/.hud/.env`, "utf8")).toBe(`A_KEY="se'cret"\nOTHER='1'\n`);
  expect(set.stderr).not.toContain("cret");
});

test("what the system refuses is told with its path and the remedy", async () => {
  await using here = await project({ ".hud": "a file" });
  const done = await runHere(["set", "A_KEY=x", "--json"], here.path);
  expect(done.code).toBe(1);
  expect(documentOf(done)).toEqual({
    error: "failure",
    message: `cannot create the directory ${here.path}/.hud: file already exists`,
    input: `${here.path}/.hud`,
    suggestion: "A file stands where a directory is needed: move it away.",
  });
});

test.each(["bash", "zsh", "fish"])("prints a completion script for %s", async (shell) => {
  expect(await runHere(["completion", shell], cwd)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("complete --"),
  });
  expect(documentOf(await runHere(["completion", shell, "--json"], cwd))).toMatchObject({ shell });
});

test("a bare bash completes after sourcing the script, twice", async () => {
  const script = `
    hud() { "${process.execPath}" "${bin()}" "$@"; }
    eval "$(hud completion bash)"; eval "$(hud completion bash)"
    COMP_LINE="hud eval tasks.ts or"; COMP_POINT=\${#COMP_LINE}; _hud_complete; echo "\${COMPREPLY[@]}"
    COMP_LINE="hud task "; COMP_POINT=\${#COMP_LINE}; _hud_complete; echo "\${COMPREPLY[@]}"`;
  const child = spawn("bash", ["--norc", "--noprofile", "-c", script], { cwd });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  await once(child, "close");
  expect(text).toBe("oracle\nlist start grade help\n");
});

test("completes commands, flags, agents and sources", async () => {
  const complete = async (...words: string[]) => (await runHere(["complete", "--", ...words], cwd)).stdout;
  expect(await complete("ev")).toMatch(/^eval\t/m);
  expect(await complete("task", "st")).toMatch(/^start\t/m);
  expect(await complete("eval", "--fir")).toMatch(/^--first\t/m);
  expect(await complete("eval", "")).toMatch(/^package\.json\t/m);
  expect(await complete("eval", "tasks.ts", "or")).toMatch(/^oracle\t/m);
});
