import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineAgent, nop, openaiCompatible, oracle, scripted } from "@hud-ts/agents";
import { workspace } from "@hud-ts/capabilities/workspace";
import { ssh } from "@hud-ts/capabilities/workspace/client";
import {
  type AgentV1,
  Environment,
  type GradedRun,
  inProcess,
  runJob,
  type Task,
  type TaskOptions,
} from "@hud-ts/core";
import type { ToolResult } from "@hud-ts/core/spec";
import { bash, combine } from "@hud-ts/graders";
import { startChatServer } from "@hud-ts/provider-servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const SUM = "export const sum = (a, b) => a - b;\n";
const HIDDEN = `import assert from "node:assert";
import { test } from "node:test";
import { sum } from "/workspace/sum.mjs";
test("sums", () => assert.equal(sum(1, 2), 3));
`;

let directory: string;
let env: Environment;
let fixBug: (args?: { timeoutMs?: number }, options?: TaskOptions) => Task;
let startService: () => Task;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hud-shell-tasks-"));
  await files({ "seed/sum.mjs": SUM, "seed/package.json": "{}\n", "hidden/sum.test.mjs": HIDDEN });
  env = new Environment({ name: "coder" });
  const shell = env.attach(workspace(urlOf("seed/")));

  fixBug = env.template({
    id: "fix-bug",
    args: z.object({ timeoutMs: z.number().default(30_000) }),
    solution: async (_args, run) => {
      const client = await run.open(ssh);
      const source = (await client.readFile("sum.mjs")).toString();
      await client.writeFile("sum.mjs", source.replace("-", "+"));
      return "done";
    },
  })(async function* ({ timeoutMs }) {
    yield "Mend sum.mjs.";
    yield await combine(
      bash({
        name: "hidden tests",
        command: "node /grading/sum.test.mjs",
        in: shell,
        files: { "/grading": urlOf("hidden/") },
        restore: ["package.json"],
        timeoutMs,
      }),
    );
  });

  startService = env.template({ id: "start-service" })(async function* () {
    yield "Leave a service running on port 8080.";
    yield await combine(
      bash({ name: "frozen", command: "! (exec 3<>/dev/tcp/127.0.0.1/8080)", in: shell }),
      bash({ name: "serves", command: "exec 3<>/dev/tcp/127.0.0.1/8080 && cat <&3", in: shell.live }),
    );
  });
});
afterAll(() => rm(directory, { recursive: true }));

async function files(contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

function urlOf(path: string): URL {
  return pathToFileURL(join(directory, path));
}

/** The runs of tasks, which have to be graded. */
async function gradedRuns(tasks: readonly Task[], agent: AgentV1) {
  const { runs } = await runJob(tasks, agent, { runtime: inProcess(env), dir: null, retries: 0 });
  return runs.map((run) => {
    if (run.outcome !== "graded") throw new Error(`not graded: ${JSON.stringify(run.error)}`);
    return { ...run, parts: run.grade.subscores ?? [] };
  });
}

async function gradedRun(task: Task, agent: AgentV1) {
  const [run] = await gradedRuns([task], agent);
  if (run === undefined) throw new Error("no run");
  return run;
}

function toolResults({ trace }: GradedRun): readonly ToolResult[] {
  return trace.steps.flatMap((step) => (step.source === "tool" ? [step.result] : []));
}

describe("a task graded by hidden tests", () => {
  test("is worth 1 to its solution and 0 to nobody", async () => {
    const solutionFor = () => env.templates.get("fix-bug")?.solution;
    const solved = await gradedRun(fixBug(), oracle({ solutionFor }));
    expect(solved.reward).toBe(1);
    expect(solved.parts[0]?.info).toMatchObject({ exit_code: 0, timed_out: false, phase: "snapshot" });
    expect((await gradedRun(fixBug(), nop())).reward).toBe(0);
  });

  test("is solved by commands, each a step, which do not see the tests", async () => {
    const run = await gradedRun(fixBug(), scripted({ commands: ["ls /grading", "sed -i 's/-/+/' sum.mjs"] }));
    expect(run.reward).toBe(1);
    expect(toolResults(run).map(({ isError }) => isError)).toEqual([true, false]);
  });

  test("is worth 0, and graded, whatever was left in place of a solution", async () => {
    const flood = "export const sum = () => 0; for (let i = 0; i < 2e4; i++) console.log('x'.repeat(80));";
    const attempts: Readonly<Record<string, readonly string[]>> = {
      "changed configuration": [`echo '{"type":"commonjs"}' > package.json`],
      "planted programs": [
        "printf '#!/bin/sh\\n' > node",
        "chmod +x node",
        "mkdir -p node_modules/.bin; cp node node_modules/.bin",
      ],
      nothing: ["rm -rf ./* .[!.]*"],
      "a daemon": ["setsid sh -c 'sleep 1; echo mended > sum.mjs' > /dev/null 2>&1 &"],
      "an endless loop": ["echo 'export const sum = () => 0; for (;;);' > sum.mjs"],
      "nobody alive": ["sleep 60 & kill -9 -1", "rm sum.mjs"],
      "a flood": [`echo "${flood}" > sum.mjs`],
    };
    const slugs = Object.keys(attempts);
    const agent = defineAgent({
      name: "attempts",
      run: (run) => scripted({ commands: attempts[run.task.slug] ?? [] }).run(run),
    });
    const tasks = slugs.map((slug) => fixBug(slug === "an endless loop" ? { timeoutMs: 500 } : {}, { slug }));
    const runs = await gradedRuns(tasks, agent);
    expect(runs.map(({ slug, reward }) => [slug, reward])).toEqual(slugs.map((slug) => [slug, 0]));
    const info = runs.map(({ parts }) => parts[0]?.info);
    expect(info[4]).toMatchObject({ timed_out: true, exit_code: null });
    expect(info[6]).toMatchObject({ timed_out: false, dropped_bytes: expect.any(Number) });
    expect(JSON.stringify(runs[6]?.grade).length).toBeLessThan(200_000);
  }, 60_000);
});

test("a service that the agent left is graded live, before everything is frozen", async () => {
  const server = "require('net').createServer((c) => c.on('error', () => {}).end('hello')).listen(8080)";
  const commands = [
    `node -e "${server}" > /dev/null 2>&1 &`,
    "until (exec 3<>/dev/tcp/127.0.0.1/8080 && cat <&3) 2> /dev/null; do sleep 0.05; done",
  ];
  const { reward, parts } = await gradedRun(startService(), scripted({ commands }));
  expect(reward).toBe(1);
  expect(parts.map(({ info }) => info?.["phase"])).toEqual(["snapshot", "live"]);
  expect(parts[1]?.info).toMatchObject({ stdout: "hello", exit_code: 0 });
});

test("a model works with its tools in the sandbox", async () => {
  const call = (name: string, args: Record<string, string>) => ({ name, arguments: args });
  const turns = [
    {
      toolCalls: [
        call("glob", { pattern: "**/*.mjs" }),
        call("grep", { pattern: "a - b" }),
        call("read", { filePath: "/workspace/sum.mjs" }),
      ],
    },
    {
      toolCalls: [
        call("edit", { filePath: "sum.mjs", oldString: "a - b", newString: "a + b" }),
        call("write", { filePath: "notes/done.txt", content: "It was the sign.\n" }),
        call("bash", { command: "whoami; cat notes/done.txt", workdir: "/workspace" }),
      ],
    },
    "Mended.",
  ];
  await using server = await startChatServer({ reply: () => turns.shift() ?? "" });
  const run = await gradedRun(fixBug(), openaiCompatible({ model: "m", baseUrl: server.baseUrl }));
  expect(toolResults(run).map(({ content: [block] }) => (block?.type === "text" ? block.text : block))).toEqual([
    "sum.mjs",
    `sum.mjs:1:${SUM.trim()}`,
    `${SUM.trim()}\n\n(End of file - total 1 lines)`,
    "replaced 1 occurrence in sum.mjs",
    "wrote 17 bytes to notes/done.txt",
    "$ whoami; cat notes/done.txt\nagent\nIt was the sign.\n\n(exit 0)",
  ]);
  expect(run.reward).toBe(1);
});
