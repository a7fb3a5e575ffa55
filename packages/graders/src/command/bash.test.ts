import { SdkError } from "@hud-ts/core/adapter";
import { graderConformance } from "@hud-ts/core/conformance";
import type { CommandRequest, CommandResult, CommandTarget, Json } from "@hud-ts/core/spec";
import { describe, expect, test } from "vitest";
import { FakeSandbox } from "../scores/__fixtures__/fake-sandbox.ts";
import { combine } from "../scores/combine.ts";
import { score } from "../scores/score.ts";
import { type BashOptions, bash, exitCode } from "./bash.ts";

const RESULT: CommandResult = { exitCode: 0, stdout: "", stderr: "", timedOut: false, droppedBytes: 0 };

/** A target of which every command ends as told. */
function targetOf(result: Partial<CommandResult> | Error, phase: CommandTarget["phase"] = "snapshot") {
  const requests: CommandRequest[] = [];
  const target: CommandTarget = {
    specVersion: "command-target/1",
    phase,
    async run(request) {
      requests.push(request);
      if (result instanceof Error) throw result;
      return { ...RESULT, ...result };
    },
  };
  return { target, requests };
}

describe("the value", () => {
  test.each([
    [0, 1],
    [1, 0],
    [127, 0],
    [137, 0],
    [null, 0],
  ])("of exit code %j is %d", async (code, value) => {
    const { target } = targetOf({ exitCode: code });
    expect(await bash({ command: "true", in: target })).toMatchObject({ name: "bash", weight: 1, value });
  });

  test("of a command that never ended is none, with what it said until then", async () => {
    const { target } = targetOf({ exitCode: null, timedOut: true, stdout: "1 of 9 passed" });
    expect(await bash({ command: "npm test", in: target, timeoutMs: 50 })).toMatchObject({
      value: 0,
      info: { timed_out: true, exit_code: null, stdout: "1 of 9 passed" },
    });
  });

  test("does not exist where the target is lost or broken: the grade fails with that very error", async () => {
    for (const code of ["CAPABILITY_LOST", "GRADE_INVALID"] as const) {
      const lost = new SdkError({ code, message: "gone" });
      await expect(combine(bash({ command: "true", in: targetOf(lost).target }))).rejects.toBe(lost);
    }
  });
});

test("info says how the command ended, where it ran, and what of its output was dropped", async () => {
  const ended = { exitCode: 2, stdout: "out", stderr: "err" };
  const info = async (phase: CommandTarget["phase"], result: Partial<CommandResult>) =>
    (await bash({ command: "false", in: targetOf(result, phase).target })).info;
  const common = { exit_code: 2, stdout: "out", stderr: "err", timed_out: false, duration_ms: expect.any(Number) };
  expect(await info("snapshot", ended)).toEqual({ ...common, phase: "snapshot", grader: "bash@1" });
  expect(await info("live", { ...ended, droppedBytes: 7 })).toEqual({
    ...common,
    phase: "live",
    dropped_bytes: 7,
    grader: "bash@1",
  });
});

test("the target is asked for what the options say, bounded where they say nothing", async () => {
  const { target, requests } = targetOf({});
  const where = {
    cwd: "/workspace/app",
    env: { CI: "1" },
    files: { "/grading": new URL("file:///hidden/") },
    restore: ["package.json"],
  };
  await combine(
    bash({ command: "a", in: target }),
    bash({ command: "b", in: target, ...where, timeoutMs: 10, maxOutputBytes: 20, name: "b", weight: 2 }),
  );
  expect(requests).toEqual([
    { command: "a", timeoutMs: 600_000, maxOutputBytes: 65_536 },
    { command: "b", ...where, timeoutMs: 10, maxOutputBytes: 20 },
  ]);
});

test("live commands run before the one freeze, the others after it", async () => {
  const sandbox = new FakeSandbox();
  const grade = await combine(
    bash({ command: "exit 0", in: sandbox.snapshot, name: "tests", weight: 0.6 }),
    bash({ command: "exit 3", in: sandbox.snapshot, name: "lint", weight: 0.2 }),
    bash({ command: "curl", in: sandbox.live, name: "serves", weight: 0.2 }),
    score("nothing", 0, { weight: 0 }),
  );
  expect(grade.reward).toBeCloseTo(0.8);
  expect(grade.subscores?.map(({ name, value }) => [name, value])).toEqual([
    ["tests", 1],
    ["lint", 0],
    ["serves", 1],
    ["nothing", 0],
  ]);
  const order = sandbox.events.filter((event) => event === "freeze" || event.endsWith("begins"));
  expect(order).toEqual(["live curl begins", "freeze", "snapshot exit 0 begins", "snapshot exit 3 begins"]);
});

test("a live command after the freeze fails the grade", async () => {
  const sandbox = new FakeSandbox();
  await bash({ command: "exit 0", in: sandbox.snapshot });
  await expect(bash({ command: "exit 0", in: sandbox.live })).rejects.toMatchObject({ code: "GRADE_INVALID" });
});

test("its own signal, and the failure of another part, end the command", async () => {
  const sandbox = new FakeSandbox();
  const reason = new Error("given up");
  const hang = (options: Partial<BashOptions> = {}) => bash({ command: "hang", in: sandbox.live, ...options });
  const given = new AbortController();
  const grade = combine(hang({ signal: given.signal }));
  given.abort(reason);
  await expect(grade).rejects.toBe(reason);
  await expect(combine(hang(), Promise.reject(reason))).rejects.toBe(reason);
  expect(sandbox.events.filter((event) => event.endsWith("begins"))).toHaveLength(
    sandbox.events.filter((event) => event.endsWith("ends")).length,
  );
});

describe("what cannot be run is told where it is written", () => {
  const { target } = targetOf({});
  test.each([
    [{ command: " " }, 'command must be a text that is not empty, got " "'],
    [{ in: undefined }, "in must be where the command runs, got undefined"],
    [{ in: { name: "shell" } }, "in must be where the command runs, got object"],
    [{ timeoutMs: 0 }, "timeoutMs must be a whole number from 1, got 0"],
    [{ maxOutputBytes: Number.NaN }, "maxOutputBytes must be a whole number from 1, got NaN"],
  ])("%j", (odd, message) => {
    const options = { command: "true", in: target, ...odd } as BashOptions;
    expect(() => bash(options)).toThrow(`bash: ${message}`);
  });
});

describe("conformance", () => {
  const inputFor = (answer: Json) => ({
    command: "cat",
    in: targetOf({ stdout: JSON.stringify(answer), exitCode: answer === null ? 1 : 0 }).target,
  });
  for (const item of graderConformance({ create: () => exitCode, inputFor })) test(item.id, () => item.run());
});
