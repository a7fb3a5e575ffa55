import { describe, expect, test } from "vitest";
import { z } from "zod";
import { connectClient } from "../client/index.ts";
import type { CapabilityDaemon } from "../spec/capability.ts";
import type { RuntimeV1 } from "../spec/runtime.ts";
import type { Json } from "../util/json-types.ts";
import { Environment } from "./environment.ts";
import { inProcess } from "./in-process.ts";
import type { Task } from "./task.ts";

const signal = new AbortController().signal;

/** Starts the task and grades the answer, as a client over the wire does. */
async function play(task: Task, answer: Json, runtime?: RuntimeV1) {
  const environment = task.environment;
  await using lease = await (runtime ?? inProcess(environment ?? [])).acquire(task, { signal });
  await using client = await connectClient({ connect: (o) => lease.connect(o), signal });
  const { prompt } = await client.start(task.id, task.args, { signal });
  return { prompt, grade: await client.grade(answer, { signal }) };
}

/** An environment that counts its starts and stops. */
function counted(name = "e") {
  const env = new Environment({ name });
  const log: string[] = [];
  env.initialize(() => void log.push("start"));
  env.shutdown(() => void log.push("stop"));
  const task = env.template({ id: "t" })(async function* () {
    const answer = yield "say yes";
    yield answer === "yes";
  });
  return { env, log, task };
}

describe("a task over the memory transport", () => {
  test("gets its arguments with defaults, and the answer as text", async () => {
    const env = new Environment({ name: "e" });
    const seen: unknown[] = [];
    const task = env.template({ id: "t", args: z.object({ n: z.int(), flag: z.boolean().default(true) }) })(
      async function* (args, { sessionId }) {
        seen.push(args, sessionId.startsWith("sess-"));
        const answer = yield [{ role: "user", content: "go" }];
        seen.push(answer);
        yield { score: 0.5, note: "kept" };
      },
    );
    const { prompt, grade } = await play(task({ n: 3 }), 42);
    expect(seen).toEqual([{ n: 3, flag: true }, true, "42"]);
    expect(prompt).toEqual([{ role: "user", content: "go" }]);
    expect([grade.reward, grade.raw]).toEqual([0.5, { score: 0.5, note: "kept" }]);
  });

  test("gets a typed answer, malformed or not", async () => {
    const env = new Environment({ name: "e" });
    const task = env.template({ id: "t", returns: z.object({ n: z.int() }) })(async function* () {
      const answer = yield "n?";
      yield answer.ok ? answer.content.n : { reward: -1, content: answer.raw };
    });
    expect((await play(task(), { n: 7 })).grade.reward).toBe(7);
    expect((await play(task(), '{"n": 8}')).grade.reward).toBe(8);
    expect((await play(task(), "eight")).grade).toMatchObject({ reward: -1, content: "eight" });
  });

  const broken = new Environment({ name: "broken" });
  const code: Record<string, () => AsyncGenerator<string | number, void, string>> = {
    never: async function* () {},
    setup: async function* () {
      yield await Promise.reject(new Error("no seed"));
    },
    grade: async function* () {
      yield "p";
      throw new Error("no judge");
    },
    nan: async function* () {
      yield "p";
      yield Number.NaN;
    },
    words: async function* () {
      yield "p";
      yield "full marks";
    },
  };
  const templates = Object.entries(code).map(([id, body]) => [id, broken.template({ id })(body)] as const);
  test.each([
    ["never", "task 'never' ended before its first yield"],
    ["setup", "no seed"],
    ["grade", "no judge"],
    ["nan", "task 'nan' graded with a non-finite score (nan): yield a finite number"],
    ["words", "task graded with str: yield a number"],
  ])("fails with its reason: %s", async (id, reason) => {
    const [, template] = templates.find(([name]) => name === id) ?? [];
    await expect(template && play(template(), "a")).rejects.toThrow(reason);
  });

  test("that yields once is worth nothing", async () => {
    const task = broken.template({ id: "once" })(async function* () {
      yield "p";
    });
    expect((await play(task(), "a")).grade.reward).toBe(0);
  });

  test("refuses arguments with the reference's words", async () => {
    const env = new Environment({ name: "e" });
    const task = env.template({ id: "t", args: z.object({ n: z.int() }) })(async function* () {
      yield "p";
    });
    // @ts-expect-error what a row of a file may hold
    await expect(play(task({ m: 1 }), "a")).rejects.toThrow(
      "task 't': bad args ['m']: got an unexpected keyword argument 'm'",
    );
  });

  test("written in JavaScript without a star says what to write", async () => {
    const env = new Environment({ name: "e" });
    // @ts-expect-error what a JavaScript author can write
    const task = env.template({ id: "t" })(async () => 1);
    await expect(play(task(), "a")).rejects.toThrow("task 't': its code gave no async generator");
  });
});

describe("placing", () => {
  test("an environment is up while somebody holds a lease", async () => {
    const { env, log, task } = counted();
    const runtime = inProcess(env);
    const [one, two] = await Promise.all([runtime.acquire(task(), { signal }), runtime.acquire(task(), { signal })]);
    await one[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    expect(log).toEqual(["start"]);
    await two[Symbol.asyncDispose]();
    expect(log).toEqual(["start", "stop"]);
    expect((await play(task(), "yes", runtime)).grade.reward).toBe(1);
    expect(log).toEqual(["start", "stop", "start", "stop"]);
  });

  test("a job starts it once", async () => {
    const { env, log, task } = counted();
    const runtime = inProcess(env);
    const prepared = await runtime.prepare?.([task()], { signal });
    await play(task(), "yes", runtime);
    await play(task(), "no", runtime);
    expect(log).toEqual(["start"]);
    await prepared?.[Symbol.asyncDispose]();
    expect(log).toEqual(["start", "stop"]);
  });

  test("a start that fails is told to every lease of the job, and tried once", async () => {
    const { env, log, task } = counted();
    env.initialize(() => {
      throw new Error("broken");
    });
    const runtime = inProcess(env);
    const prepared = await runtime.prepare?.([task()], { signal });
    for (let n = 0; n < 2; n++) {
      await expect(runtime.acquire(task(), { signal })).rejects.toMatchObject({ code: "ENVIRONMENT_START_FAILED" });
    }
    await prepared?.[Symbol.asyncDispose]();
    expect(log).toEqual(["start", "stop"]);
  });

  test("a lease that is given up while the environment starts leaves nothing running", async () => {
    const env = new Environment({ name: "e" });
    const stops: string[] = [];
    env.initialize(
      ({ signal: given }) => new Promise((_, reject) => given.addEventListener("abort", () => reject(given.reason))),
    );
    env.shutdown(() => void stops.push("stop"));
    const task = env.template({ id: "t" })(async function* () {
      yield "p";
    });
    const controller = new AbortController();
    const leasing = inProcess(env).acquire(task(), { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(leasing).rejects.toThrow("enough");
    expect(stops).toEqual(["stop"]);
    await expect(inProcess(env).acquire(task(), { signal: controller.signal })).rejects.toThrow("enough");
  });

  test("rows are checked before anything starts", async () => {
    const { env, log, task } = counted();
    const other = new Environment({ name: "other" });
    const add = other.template({ id: "add", args: z.object({ a: z.int() }) })(async function* () {
      yield "p";
    });
    const runtime = inProcess([env, other]);
    const prepare = (...tasks: Task[]) => runtime.prepare?.(tasks, { signal });
    const wrong = Object.assign(task({}, { slug: "wrong" }), { id: "u" });
    await expect(prepare(wrong)).rejects.toMatchObject({
      code: "UNKNOWN_TEMPLATE",
      message: "row 'wrong': environment 'e' has no template 'u'",
      hint: "it has 't'",
    });
    // @ts-expect-error what a row of a file may hold
    const bad = add({ a: "x" }, { slug: "bad" });
    await expect(prepare(task({}, { verifier: bad }))).rejects.toMatchObject({
      code: "INVALID_TASK_ARGS",
      message: expect.stringContaining("row 'bad': task 'add': bad args ['a']: a: "),
    });
    await expect(prepare(bad, add({ a: 1 }), wrong)).rejects.toMatchObject({
      code: "INVALID_TASK_ROW",
      message: expect.stringMatching(/^2 rows cannot run:\n {2}row 'bad': .*\n {2}row 'wrong': /),
    });
    await expect(inProcess(other).prepare?.([task()], { signal })).rejects.toThrow(
      "this process has no environment 'e'",
    );
    expect(log).toEqual([]);
  });

  test("jobs side by side share a start; where there are daemons their leases follow each other", async () => {
    const { env, log, task } = counted();
    env.attach({ start: async () => [], stop: async () => {} });
    const [one, two] = [inProcess(env), inProcess(env)];
    const first = await one.acquire(task(), { signal });
    const controller = new AbortController();
    const impatient = two.acquire(task(), { signal: controller.signal });
    const second = two.acquire(task(), { signal }).then((lease) => {
      log.push("second");
      return lease;
    });
    controller.abort(new Error("too long"));
    await expect(impatient).rejects.toThrow("too long");
    log.push("first ends");
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
    expect(log).toEqual(["start", "first ends", "second", "stop"]);
  });

  test("daemons make it one at a time", () => {
    const { env } = counted();
    const daemon: CapabilityDaemon = { start: async () => [], stop: async () => {} };
    expect(inProcess(env)).not.toHaveProperty("maxConcurrent");
    env.attach(daemon);
    expect(inProcess([env, new Environment({ name: "other" })]).maxConcurrent).toBe(1);
  });

  test("refuses no environment, and two of one name", () => {
    expect(() => inProcess([])).toThrow("at least one environment");
    expect(() => inProcess([counted().env, counted().env])).toThrow("different names, got e, e");
  });
});
