import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { AgentV1 } from "../spec/agent.ts";
import type { Capability, CapabilityDaemon } from "../spec/capability.ts";
import { Environment } from "./environment.ts";
import { inProcess } from "./in-process.ts";
import { Task } from "./task.ts";
import { Taskset } from "./taskset.ts";

/** Answers with the prompt's last word. */
const parrot: AgentV1 = {
  specVersion: "agent/1",
  name: "parrot",
  run: async (run) => run.answer(run.promptText.split(" ").at(-1) ?? ""),
};

function spelling(name: string) {
  const env = new Environment({ name });
  let atOnce = 0;
  let most = 0;
  const say = env.template({ id: "say", args: z.object({ word: z.string() }) })(async function* ({ word }) {
    most = Math.max(most, ++atOnce);
    const answer = yield `Please say ${word}`;
    atOnce--;
    yield answer === word ? 1 : 0;
  });
  return { env, say, mostAtOnce: () => most };
}

describe("by default in process", () => {
  test("each row runs against the environment that minted it, verifiers too", async () => {
    const one = spelling("one");
    const two = spelling("two");
    const judge = two.env.template({ id: "judge" })(async function* () {
      yield "judge it";
      yield 0.5;
    });
    const tasks = new Taskset("words", [
      one.say({ word: "a" }),
      two.say({ word: "b" }),
      one.say({ word: "c" }, { verifier: judge() }),
    ]);
    const job = await tasks.run(parrot, { dir: null, group: 2 });
    expect(job.name).toBe("words (3 tasks) (2 times)");
    expect(job.runs.map((run) => run.outcome === "graded" && run.reward)).toEqual([1, 1, 1, 1, 0.5, 0.5]);
    expect(job.runs[0]?.placement).toBe(`process ${process.pid}`);
  });

  test("a task alone is a job named after its template", async () => {
    const job = await spelling("e").say({ word: "a" }).run(parrot, { dir: null });
    expect([job.name, job.reward]).toEqual(["say", 1]);
  });

  test("an environment with daemons runs one task at a time and is reset before each", async () => {
    const log: string[] = [];
    const daemon: CapabilityDaemon = {
      start: async (): Promise<readonly Capability[]> => {
        log.push("start");
        return [];
      },
      reset: async () => void log.push("reset"),
      stop: async () => void log.push("stop"),
    };
    const { env, say, mostAtOnce } = spelling("e");
    env.attach(daemon);
    const job = await new Taskset("t", [say({ word: "a" }), say({ word: "b" })]).run(parrot, { dir: null, group: 2 });
    expect(job.coverage).toEqual({ graded: 4, total: 4 });
    expect(mostAtOnce()).toBe(1);
    expect(log).toEqual(["start", "reset", "reset", "reset", "reset", "stop"]);
  });

  test("jobs may run side by side", async () => {
    const { env, say } = spelling("e");
    env.attach({ start: async () => [], reset: async () => {}, stop: async () => {} });
    const jobs = await Promise.all(["a", "b", "c"].map((word) => say({ word }).run(parrot, { dir: null })));
    expect(jobs.map(({ reward }) => reward)).toEqual([1, 1, 1]);
  });

  test("wrong arguments are told before anything runs", async () => {
    const { say } = spelling("e");
    // @ts-expect-error what a JavaScript author can write
    const tasks = new Taskset("t", [say({ word: "a" }), say({ word: 5 }, { slug: "five" })]);
    await expect(tasks.run(parrot, { dir: null })).rejects.toMatchObject({
      code: "INVALID_TASK_ARGS",
      message: expect.stringContaining("row 'five': task 'say': bad args ['word']: "),
    });
  });

  test("an environment that cannot start is no reward, and no exception", async () => {
    const { env, say } = spelling("e");
    env.initialize(() => {
      throw new Error("no display");
    });
    const job = await say({ word: "a" }).run(parrot, { dir: null, group: 2 });
    expect(job.reward).toBeNull();
    expect(job.runs.map((run) => run.outcome !== "graded" && run.error)).toEqual(
      Array(2).fill(
        expect.objectContaining({
          code: "ENVIRONMENT_START_FAILED",
          blame: "environment",
          message: "environment 'e': initialize hook 1 failed: no display",
        }),
      ),
    );
  });
});

test("rows of a file run where they are told to", async () => {
  const { env, say } = spelling("e");
  const row = JSON.parse(JSON.stringify(say({ word: "a" })));
  const tasks = new Taskset("t", [new Task(row)]);
  await expect(tasks.run(parrot, { dir: null })).rejects.toThrow("no placement: task 'say-");
  expect((await tasks.run(parrot, { dir: null, runtime: inProcess(env) })).reward).toBe(1);
});
