import { type AgentV1, Environment } from "@hud-ts/core";
import type { AgentRun } from "@hud-ts/core/spec";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { leftovers, NOTHING_LEFT } from "./__fixtures__/leftovers.ts";
import { directoryWith } from "./__fixtures__/started-workspace.ts";
import { ssh } from "./client/index.ts";
import { workspace } from "./index.ts";

afterEach(() => expect(leftovers()).toEqual(NOTHING_LEFT));

/** Adds to a file; a hidden check looks at the sum. */
function adder(root: string) {
  const env = new Environment({ name: "adder", root });
  const shell = env.attach(workspace("./workspace"));
  env.initialize(async () => {
    await shell.writeFile("from-hook.txt", "hook\n");
  });
  const task = env.template({ id: "add", args: z.object({ n: z.number() }) })(async function* ({ n }, { signal }) {
    await shell.writeFile("task.txt", String(n));
    const answer = yield `Write ${n} + 1 into sum.txt.`;
    const options = { signal };
    const { stdout } = await shell.live.run({ command: "pgrep -fc '^sleep 4250'" }, options);
    await shell.freeze?.(options);
    const graded = await shell.run(
      { command: `bash /grading/check.sh ${n + 1}`, files: { "/grading": "./hidden" }, restore: ["from-hook.txt"] },
      options,
    );
    yield { reward: graded.exitCode === 0 ? 1 : 0, info: { answer, left: stdout.trim(), said: graded.stdout } };
  });
  return task;
}

const PROJECT = {
  "workspace/seed.txt": "seed\n",
  "hidden/check.sh": 'test "$(cat sum.txt)" = "$1" && cat from-hook.txt && ls',
};

const agent = (act: (run: AgentRun) => Promise<void>): AgentV1 => ({
  specVersion: "agent/1",
  name: "scripted",
  run: act,
});

const solver = agent(async (run) => {
  const shell = await run.open(ssh);
  const { stdout } = await shell.exec("ls; cat task.txt");
  const n = Number(/\d+$/.exec(stdout)?.[0]);
  await shell.writeFile("sum.txt", String(n + 1));
  await shell.exec("echo spoilt > from-hook.txt; (setsid sleep 4250 > /dev/null 2>&1 &)");
  run.answer(stdout);
});

test("tasks one after the other, each from the baseline, graded over what the agent left and beside it", async () => {
  using project = directoryWith(PROJECT);
  const task = adder(project.path);
  for (const n of [1, 2]) {
    const job = await task({ n }).run(solver, { dir: null });
    expect(job.runs[0]).toMatchObject({ outcome: "graded", reward: 1 });
    const { info } = (job.runs[0] as unknown as { grade: { info: Record<string, string> } }).grade ?? {};
    expect(info?.["answer"]).toBe(`from-hook.txt\nseed.txt\ntask.txt\n${n}`);
    expect([info?.["left"], info?.["said"]]).toEqual(["1", "hook\nfrom-hook.txt\nseed.txt\nsum.txt\ntask.txt\n"]);
  }
});

test("an agent that destroys everything is graded", async () => {
  using project = directoryWith(PROJECT);
  const vandal = agent(async (run) => {
    const shell = await run.open(ssh);
    await shell.exec("rm -rf /workspace/* ; kill -9 -1");
    run.answer("done");
  });
  const job = await adder(project.path)({ n: 1 }).run(vandal, { dir: null });
  expect(job.runs[0]).toMatchObject({ outcome: "graded", reward: 0 });
});

test("a seed with secrets keeps the environment from starting, and says what to do", async () => {
  using project = directoryWith({ ...PROJECT, "workspace/.env": "KEY=1" });
  const job = await adder(project.path)({ n: 1 }).run(solver, { dir: null });
  expect(job.runs[0]?.outcome).not.toBe("graded");
  expect(job.runs[0]).toHaveProperty("error.message", expect.stringContaining(".env, which looks like secrets"));
});

test("two workspaces stand side by side, and neither sees the other", async () => {
  using project = directoryWith({ "left/l.txt": "", "right/r.txt": "" });
  const env = new Environment({ name: "two", root: project.path });
  const left = env.attach(workspace("left", { name: "left" }));
  const right = env.attach(workspace("right", { name: "right", guestPath: "/home/right" }));
  await env.start({ signal: AbortSignal.timeout(60_000) });
  try {
    expect(env.bindings().map(({ name, params }) => [name, params["cwd"]])).toEqual([
      ["left", "/workspace"],
      ["right", "/home/right"],
    ]);
    const [one, other] = await Promise.all([left.exec("ls / ; ls; id -u"), right.exec("ls; pwd; ls /workspace")]);
    expect(one.stdout).toMatch(/l\.txt/);
    expect([other.stdout, other.exitCode === 0]).toEqual(["r.txt\n/home/right\n", false]);
  } finally {
    await env.stop();
  }
});

test("a shared workspace lasts from task to task, and a grade of one ends nothing of another's", async () => {
  using project = directoryWith({ "workspace/a.txt": "" });
  const env = new Environment({ name: "shared", root: project.path });
  const shell = env.attach(workspace("workspace", { shared: true }));
  expect(env.exclusive).toBe(false);
  await env.start({ signal: AbortSignal.timeout(60_000) });
  const options = { signal: AbortSignal.timeout(60_000) };
  try {
    await shell.exec("echo kept > kept.txt; (setsid sleep 4251 > /dev/null 2>&1 &)");
    await env.reset(options);
    await shell.freeze?.(options);
    await shell.exec("echo later > kept.txt");
    expect((await shell.run({ command: "cat kept.txt" }, options)).stdout).toBe("kept\n");
    expect((await shell.live.run({ command: "pgrep -fc '^sleep 4251'" }, options)).stdout).toBe("1\n");
  } finally {
    await env.stop();
  }
});
