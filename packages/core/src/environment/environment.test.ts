import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Capability, CapabilityDaemon } from "../spec/capability.ts";
import { withResolvers } from "../util/abort.ts";
import { Environment, type EnvironmentOptions, isEnvironment } from "./environment.ts";

const never = new AbortController().signal;

function capability(name: string, port = 1): Capability {
  return { name, protocol: "x/1", url: `tcp://127.0.0.1:${port}`, params: {} };
}

/** A daemon that writes down what is done to it, and gets a new port with every start. */
class Recorder implements CapabilityDaemon {
  readonly #name: string;
  readonly #log: string[];
  #port = 0;

  constructor(name: string, log: string[]) {
    this.#name = name;
    this.#log = log;
  }

  async start(): Promise<readonly Capability[]> {
    this.#log.push(`start ${this.#name}`);
    this.#port++;
    return [capability(this.#name, this.#port)];
  }

  async baseline(): Promise<void> {
    this.#log.push(`baseline ${this.#name}`);
  }

  async stop(): Promise<void> {
    this.#log.push(`stop ${this.#name}`);
  }
}

describe("declaring", () => {
  test.each([
    [{ name: "" }, "non-empty string"],
    [{ name: " a" }, "without blanks around it"],
    [{ name: "a", root: "relative" }, "absolute path"],
    [{ name: "a", capabilities: [{ ...capability("x"), url: "tcp://box" }] }, "host and port"],
    [{} as EnvironmentOptions, "got undefined"],
  ])("refuses %j", (options, message) => {
    expect(() => new Environment(options)).toThrow(message);
  });

  test("a template is a function that mints rows of it", () => {
    const env = new Environment({ name: "e", root: new URL("file:///srv/") });
    const add = env.template({ id: "add", args: z.object({ a: z.int(), b: z.int().default(1) }) })(async function* () {
      yield "add";
      yield 1;
    });
    const task = add({ a: 2 });
    expect(task).toMatchObject({ env: "e", id: "add", args: { a: 2 }, environment: env });
    expect([add.id, env.root, env.version, [...env.templates.keys()]]).toEqual(["add", "/srv/", "0.0.1", ["add"]]);
  });

  test("refuses a second template of one id, an empty id and code that is none", () => {
    const env = new Environment({ name: "e" });
    const body = async function* () {
      yield "p";
      yield 1;
    };
    env.template({ id: "t" })(body);
    expect(() => env.template({ id: "t" })(body)).toThrow("environment 'e' has a template 't' already");
    expect(() => env.template({ id: "" })(body)).toThrow("non-empty string");
    // @ts-expect-error what a JavaScript author can write
    expect(() => env.template({ id: "u" })("code")).toThrow("async generator function, got string");
  });

  test("is known across copies of the package", () => {
    expect(isEnvironment(new Environment({ name: "e" }))).toBe(true);
    expect(isEnvironment({ [Symbol.for("hud-ts.environment")]: true })).toBe(true);
    expect([isEnvironment({}), isEnvironment(null), isEnvironment("e")]).toEqual([false, false, false]);
  });
});

test("daemons that are all shared leave an environment open to tasks at the same time", () => {
  const env = new Environment({ name: "e" });
  env.attach(Object.assign(new Recorder("a", []), { shared: true }));
  expect(env.exclusive).toBe(false);
  env.attach(new Recorder("b", []));
  expect(env.exclusive).toBe(true);
});

describe("a life", () => {
  test("starts daemons, then hooks, takes baselines, and ends in reverse", async () => {
    const log: string[] = [];
    const env = new Environment({ name: "e", capabilities: [capability("declared")] });
    const daemon = env.attach(new Recorder("a", log));
    env.attach(new Recorder("b", log));
    for (const n of [1, 2]) {
      env.initialize(() => {
        log.push(`initialize ${n}`);
        env.addCapability(capability(`hook-${n}`));
      });
      env.shutdown(async () => void log.push(`shutdown ${n}`));
    }
    expect(daemon).toBeInstanceOf(Recorder);
    expect(env.exclusive).toBe(true);

    await env.start({ signal: never });
    expect(env.bindings().map(({ name }) => name)).toEqual(["declared", "a", "b", "hook-1", "hook-2"]);
    expect(await env.stop()).toEqual([]);
    expect(env.bindings().map(({ name }) => name)).toEqual(["declared"]);
    expect(log).toEqual([
      ...["start a", "start b", "initialize 1", "initialize 2", "baseline a", "baseline b"],
      ...["shutdown 2", "shutdown 1", "stop b", "stop a"],
    ]);
  });

  test("can be had again, but not twice at once", async () => {
    const env = new Environment({ name: "e" });
    await env.start({ signal: never });
    await expect(env.start({ signal: never })).rejects.toThrow("environment 'e' is started already");
    expect(() => env.attach(new Recorder("late", []))).toThrow("must be declared before");
    await Promise.all([env.stop(), env.stop()]);
    await env.stop();
    await env.start({ signal: never });
    await env.stop();
  });

  test("the signal of a start does not fire for one that succeeded", async () => {
    const env = new Environment({ name: "e" });
    const given: AbortSignal[] = [];
    env.initialize(({ signal }) => void given.push(signal));
    const controller = new AbortController();
    await env.start({ signal: controller.signal });
    controller.abort();
    await env.stop();
    expect(given.map(({ aborted }) => aborted)).toEqual([false]);
  });

  test("a daemon without a reset of its own is started afresh, in its old place", async () => {
    const log: string[] = [];
    const env = new Environment({ name: "e" });
    env.attach(new Recorder("a", log));
    env.initialize(() => env.addCapability(capability("later")));
    await env.start({ signal: never });
    log.length = 0;
    await env.reset({ signal: never });
    expect(log).toEqual(["stop a", "start a", "baseline a"]);
    expect(env.bindings()).toEqual([capability("a", 2), capability("later")]);
    await env.stop();
  });

  test("a daemon with a reset is asked for it", async () => {
    const log: string[] = [];
    const env = new Environment({ name: "e", root: "/srv" });
    env.attach(
      Object.assign(new Recorder("a", log), {
        reset: async (o: { environment: string; root: string | undefined }) =>
          void log.push(`reset ${o.environment} ${o.root}`),
      }),
    );
    await env.start({ signal: never });
    await env.reset({ signal: never });
    await env.stop();
    expect(log).toEqual(["start a", "baseline a", "reset e /srv", "stop a"]);
  });

  test("a hook that fails is named, and everything begun is ended", async () => {
    const log: string[] = [];
    const env = new Environment({ name: "e" });
    env.attach(new Recorder("a", log));
    env.initialize(function seedFiles() {
      throw new Error("no space");
    });
    env.shutdown(() => {
      log.push("shutdown");
      throw new Error("nothing to shut");
    });
    await expect(env.start({ signal: never })).rejects.toMatchObject({
      code: "ENVIRONMENT_START_FAILED",
      message: "environment 'e': initialize hook 1 (seedFiles) failed: no space",
      cause: new Error("no space"),
      details: { teardown: ["shutdown hook 1 failed: nothing to shut"] },
    });
    expect(log).toEqual(["start a", "shutdown", "stop a"]);
  });

  test("a daemon that fails is named and told to stop", async () => {
    const log: string[] = [];
    const env = new Environment({ name: "e" });
    env.attach(new Recorder("a", log));
    env.attach(new Recorder("a", log));
    await expect(env.start({ signal: never })).rejects.toThrow(
      "environment 'e': start of daemon 2 (Recorder) failed: capability 'a' is already attached",
    );
    expect(log).toEqual(["start a", "start a", "stop a", "stop a"]);
  });

  test("a start that is given up rejects with the reason at once, and stops the daemon that comes up too late", async () => {
    const begun = withResolvers<void>();
    const stopped = withResolvers<void>();
    const up = withResolvers<readonly Capability[]>();
    let stops = 0;
    const env = new Environment({ name: "e" });
    env.attach({
      start: () => {
        begun.resolve();
        return up.promise;
      },
      stop: async () => {
        stops++;
        if (stops === 2) stopped.resolve();
      },
    });
    const controller = new AbortController();
    const starting = env.start({ signal: controller.signal });
    await begun.promise;
    controller.abort(new Error("changed my mind"));
    await expect(starting).rejects.toThrow("changed my mind");
    up.resolve([]);
    await stopped.promise;
  });

  test("a stop ends a start in progress, and waits until that is taken down, step by step", async () => {
    const log: string[] = [];
    const env = new Environment({ name: "e" });
    env.attach(new Recorder("a", log));
    const begun = withResolvers<void>();
    env.initialize(() => {
      begun.resolve();
      return new Promise(() => {});
    });
    env.shutdown(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      log.push("shutdown");
    });
    const starting = env.start({ signal: never });
    starting.catch(() => {});
    await begun.promise;
    expect(await env.stop()).toEqual([]);
    expect(log).toEqual(["start a", "shutdown", "stop a"]);
    await expect(starting).rejects.toMatchObject({ code: "ABORTED" });
  });

  test("failures of teardown are given back, the others run", async () => {
    const log: string[] = [];
    const env = new Environment({ name: "e" });
    const context = { signal: never, sessionId: "s" };
    env.taskTeardown(({ sessionId }) => void log.push(`first ${sessionId}`));
    env.taskTeardown(() => {
      throw new Error("broken");
    });
    const failures = await env.runTaskTeardown(context);
    expect(log).toEqual(["first s"]);
    expect(failures).toEqual([new Error("task teardown hook 2 failed: broken", { cause: new Error("broken") })]);
  });
});
