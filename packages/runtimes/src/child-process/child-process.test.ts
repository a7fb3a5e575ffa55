import { existsSync, readFileSync } from "node:fs";
import { isRunning, SdkError } from "@hud-ts/core/adapter";
import { connectClient } from "@hud-ts/core/client";
import { runtimeConformance } from "@hud-ts/core/conformance";
import type { RuntimeLease } from "@hud-ts/core/spec";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LETTER_ENV, LETTER_ROW } from "../__fixtures__/letter-env.ts";
import { environmentProcesses, isReaped, until } from "../__fixtures__/processes.ts";
import { type Project, project } from "../__fixtures__/project.ts";
import { type ChildProcessOptions, childProcess } from "./child-process.ts";

const { signal } = new AbortController();

async function lease(home: Project, options: Partial<ChildProcessOptions> = {}): Promise<RuntimeLease> {
  return await childProcess({ source: home.at("env.ts"), ...options }).acquire(LETTER_ROW, { signal });
}

async function failure(work: Promise<unknown>): Promise<SdkError> {
  const error: unknown = await work.then(
    () => "nothing",
    (thrown) => thrown,
  );
  if (!SdkError.is(error)) throw new Error(`expected an SdkError, got ${String(error)}`);
  return error;
}

/** Starts the one task and gives its prompt, parsed: how an environment tells a test about itself. */
async function ask(held: RuntimeLease): Promise<Record<string, unknown>> {
  const client = await connectClient({
    connect: (options) => held.connect(options),
    ...(held.token !== undefined && { token: held.token }),
    signal,
  });
  try {
    const { prompt } = await client.start("count", {}, {});
    return JSON.parse(typeof prompt === "string" ? prompt : "") as Record<string, unknown>;
  } finally {
    await client.close();
  }
}

function telling(expression: string, more = ""): string {
  return `import { Environment } from "@hud-ts/core";
export const env = new Environment({ name: "letters" });
export const count = env.template({ id: "count" })(async function* () {
  yield JSON.stringify(${expression});
  yield 1;
});
${more}`;
}

function pidOf(held: RuntimeLease): number {
  return Number(/\d+/.exec(held.placement)?.[0]);
}

describe("the contract", async () => {
  const home = await project({ "env.ts": LETTER_ENV });
  afterAll(() => home[Symbol.asyncDispose]());
  const cases = runtimeConformance({
    create: () => childProcess({ source: home.at("env.ts") }),
    row: LETTER_ROW,
    census: () => environmentProcesses().length,
    kill: async (held) => {
      process.kill(pidOf(held), "SIGKILL");
      await until("the process is gone", () => isReaped(pidOf(held)));
    },
    unplaceable: { ...LETTER_ROW, env: "unknown" },
  });
  for (const item of cases) test(item.id, () => item.run());
});

describe("a process that serves", () => {
  test("runs in the source's directory; its token is neither among its arguments nor its variables", async () => {
    await using home = await project({
      "env.ts": telling("{ cwd: process.cwd(), argv: process.argv, env: process.env, url: import.meta.url }"),
    });
    await using held = await lease(home, { env: { ADDED: "yes" } });
    const told = await ask(held);
    expect(told).toMatchObject({ cwd: home.directory, url: `file://${home.at("env.ts")}`, env: { ADDED: "yes" } });
    expect(held.token).toMatch(/^.{43}$/);
    expect(JSON.stringify(told)).not.toContain(held.token);
    expect(readFileSync(`/proc/${pidOf(held)}/cmdline`, "utf8")).not.toContain(held.token);
  });

  test("shows the user's files and lines in stack traces", async () => {
    await using home = await project({
      "env.ts": `import { where } from "./where.ts";\n${telling("{ stack: where() }")}`,
      "where.ts":
        "interface Erased {\n  readonly x: number;\n}\nexport function where() {\n  return new Error('here').stack;\n}\n",
    });
    await using held = await lease(home);
    const { stack } = await ask(held);
    expect(stack).toContain(`${home.at("where.ts")}:5:10`);
    expect(stack).toContain(`${home.at("env.ts")}:5:`);
  });

  test("loads its source fresh for every lease", async () => {
    await using home = await project({ "env.ts": telling("{ version: 1 }") });
    const runtime = childProcess({ source: home.at("env.ts") });
    await using _prepared = await runtime.prepare?.([LETTER_ROW], { signal });
    for (const version of [1, 2]) {
      await home.write({ "env.ts": telling(`{ version: ${version} }`) });
      await using held = await runtime.acquire(LETTER_ROW, { signal });
      expect(await ask(held)).toEqual({ version });
    }
  });

  test("may print without end: its last output is kept", async () => {
    const noise = "for (let i = 0; i < 50_000; i++) { console.log('out', i); console.error('err', i); }";
    await using home = await project({ "env.ts": telling("{}", noise) });
    await using held = await lease(home);
    await ask(held);
    const logs = (await held.logs?.()) ?? "";
    expect(logs).toContain("49999");
    expect(Buffer.byteLength(logs)).toBeLessThan(20_000);
  });

  test("ends with everything it started, after its shutdown hooks", async () => {
    await using home = await project({
      "env.ts": telling(
        "{ grandchild: grandchild.pid }",
        `import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
const grandchild = spawn("sleep", ["1000"], { stdio: "inherit" });
env.shutdown(() => writeFileSync("stopped", ""));`,
      ),
    });
    const held = await lease(home);
    const { grandchild } = await ask(held);
    expect(isRunning(Number(grandchild))).toBe(true);
    await held[Symbol.asyncDispose]();
    expect(existsSync(home.at("stopped"))).toBe(true);
    await until("the grandchild is gone", () => !isRunning(Number(grandchild)));
  });

  test("exits with 143 on SIGTERM, and its lease is lost with the reason", async () => {
    await using home = await project({ "env.ts": telling("{}") });
    await using held = await lease(home);
    process.kill(pidOf(held), "SIGTERM");
    await until("the process is gone", () => isReaped(pidOf(held)));
    expect(await held.logs?.()).toContain("[the process exited with code 143]");
    const error = await failure(held.connect({ signal }));
    expect(error).toMatchObject({ code: "RUNTIME_LOST", message: "the environment's process exited with code 143" });
  });
});

describe("a process that does not come to serve", () => {
  const places = environmentProcesses;

  async function startFailure(source: string, options: Partial<ChildProcessOptions> = {}): Promise<SdkError> {
    await using home = await project({ "env.ts": source });
    const error = await failure(lease(home, options));
    expect(places()).toEqual([]);
    return error;
  }

  test("because its source throws: the place, the error, the last output", async () => {
    const error = await startFailure("console.log('so far so good');\nthrow new RangeError('out of words');\n");
    expect(error.code).toBe("SOURCE_LOAD_FAILED");
    expect(error.message).toMatch(/^env\.ts:2:\d+: RangeError: out of words\n\n {2}2 \| throw new RangeError/);
    expect(error.message).toContain("its last output:\nso far so good");
  });

  test("because it throws, in a directory whose name needs escaping", async () => {
    await using home = await project({ "my (own) 100% project/env.ts": "// first\nthrow new Error('spaced');" });
    const error = await failure(lease(home, { source: home.at("my (own) 100% project") }));
    expect(error.message).toMatch(/^env\.ts:2:\d+: spaced/);
  });

  test("because its source does not compile", async () => {
    const error = await startFailure("export const = 1;");
    expect(error).toMatchObject({ code: "SOURCE_LOAD_FAILED" });
    expect(error.message).toMatch(/^env\.ts:1:14: /);
  });

  test("because it imports what a package does not export", async () => {
    const error = await startFailure('import { nope } from "node:path";\nexport const x = nope;');
    expect(error).toMatchObject({ code: "SOURCE_LOAD_FAILED" });
    expect(error.message).toMatch(/^env\.ts:1:\d+: SyntaxError: .*'nope'/);
  });

  test("because a hook fails: the environment is to blame", async () => {
    const error = await startFailure(telling("{}", "env.initialize(() => { throw new Error('no database'); });"));
    expect(error).toMatchObject({ code: "ENVIRONMENT_START_FAILED", blame: "environment" });
    expect(error.message).toContain("no database");
  });

  test("because it exits: the code, the last output", async () => {
    const error = await startFailure("console.error('giving up');\nprocess.exit(3);");
    expect(error).toMatchObject({ code: "RUNTIME_START_FAILED", blame: "infra" });
    expect(error.message).toBe(
      "the environment's process exited with code 3 before serving\n\nits last output:\ngiving up",
    );
  });

  test("because it hangs: the time, the last output", async () => {
    const hanging = "console.log('waiting');\nawait new Promise(() => setInterval(() => {}, 1000));";
    for (const seconds of [1, 4, 10]) {
      const error = await startFailure(hanging, { readyTimeoutMs: seconds * 1_000 });
      expect(error).toMatchObject({ code: "RUNTIME_START_TIMEOUT", blame: "infra" });
      expect(error.message).toContain(`did not serve within ${seconds} s`);
      if (error.message.includes("its last output:\nwaiting")) return;
    }
    expect.unreachable("a busy machine starts a process within ten seconds");
  });

  test("because it has no such environment", async () => {
    const error = await startFailure(LETTER_ENV.replace('"letters"', '"words"'));
    expect(error).toMatchObject({ code: "INVALID_OPTION" });
    expect(error.message).toContain("no environment 'letters'; it has 'words'");
  });

  test("because the row asks for what a process cannot give", async () => {
    const runtime = childProcess({ source: "never-read.ts" });
    const row = { ...LETTER_ROW, runtimeConfig: { image: "python:3", resources: { cpu: 2 } } };
    for (const attempt of [runtime.acquire(row, { signal }), runtime.prepare?.([row], { signal })]) {
      const error = await failure(Promise.resolve(attempt));
      expect(error.code).toBe("INVALID_OPTION");
      expect(error.message).toContain("asks for image, resources");
    }
  });
});

describe("spares", () => {
  let home: Project;
  beforeAll(async () => {
    home = await project({ "env.ts": LETTER_ENV });
  });
  afterAll(() => home[Symbol.asyncDispose]());

  test("wait while a job runs, are taken, replaced, and end with it", async () => {
    const runtime = childProcess({ source: home.at("env.ts"), spare: 2 });
    const prepared = await runtime.prepare?.([LETTER_ROW], { signal });
    const waiting = environmentProcesses();
    expect(waiting).toHaveLength(2);
    const held = await runtime.acquire(LETTER_ROW, { signal });
    expect(waiting).toContain(pidOf(held));
    await until("the taken one is replaced", () => environmentProcesses().length === 3);
    await prepared?.[Symbol.asyncDispose]();
    expect(environmentProcesses()).toEqual([pidOf(held)]);
    await held[Symbol.asyncDispose]();
    expect(environmentProcesses()).toEqual([]);
  });

  test("that died while they waited are not given out", async () => {
    const runtime = childProcess({ source: home.at("env.ts"), spare: 1 });
    await using _prepared = await runtime.prepare?.([LETTER_ROW], { signal });
    const [spare] = environmentProcesses();
    if (spare === undefined) throw new Error("no spare");
    process.kill(spare, "SIGKILL");
    await until("the spare is gone", () => !isRunning(spare));
    await using held = await runtime.acquire(LETTER_ROW, { signal });
    expect(pidOf(held)).not.toBe(spare);
  });

  test("are shared by jobs at once, until the last one ends", async () => {
    const runtime = childProcess({ source: home.at("env.ts"), spare: 1 });
    const [first, second] = [await runtime.prepare?.([], { signal }), await runtime.prepare?.([], { signal })];
    expect(environmentProcesses()).toHaveLength(1);
    await first?.[Symbol.asyncDispose]();
    await first?.[Symbol.asyncDispose]();
    expect(environmentProcesses()).toHaveLength(1);
    await second?.[Symbol.asyncDispose]();
    expect(environmentProcesses()).toEqual([]);
  });
});

test("options are checked before anything starts", () => {
  expect(() => childProcess({ source: "" })).toThrow("source must be a path");
  expect(() => childProcess({ source: "env.ts", spare: -1 })).toThrow("spare must be an integer ≥ 0, got -1");
  expect(() => childProcess({ source: "env.ts", readyTimeoutMs: 0 })).toThrow(
    "readyTimeoutMs must be milliseconds > 0",
  );
});
