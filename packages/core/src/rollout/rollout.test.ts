import { describe, expect, it } from "vitest";
import { SdkError } from "../errors/sdk-error.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { GradedRun, RunResult } from "../spec/run-result.ts";
import type { Step } from "../spec/step.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { agentDouble } from "../testing/agent-double.ts";
import { type ManualClock, manualClock } from "../testing/manual-clock.ts";
import { type PeerCall, PeerError, type RuntimeScript, runtimeDouble } from "../testing/runtime-double.ts";
import { raceAbort } from "../util/abort.ts";
import type { RolloutOptions } from "./options.ts";
import { rollout } from "./rollout.ts";

const task: TaskRow = { env: "e", id: "count", args: { n: 1 }, slug: "count-1" };
const answering = agentDouble(() => "42");

async function run(
  script: RuntimeScript,
  options: Partial<RolloutOptions> & { agent?: AgentV1; task?: TaskRow } = {},
): Promise<RunResult & { readonly runtime: ReturnType<typeof runtimeDouble> }> {
  const runtime = runtimeDouble(script);
  const result = await rollout(options.task ?? task, options.agent ?? answering, { runtime, ...options });
  expect(runtime.leases.open).toBe(0);
  return { ...result, runtime };
}

const dropping = (call: PeerCall) => {
  call.drop();
  return {};
};
const hang = (signal: AbortSignal) => raceAbort(new Promise<never>(() => {}), signal);
const hangWhile = (clock: ManualClock, ms: number, signal: AbortSignal) => {
  void clock.advance(ms);
  return hang(signal);
};
const abortAndHang = (caller: AbortController, signal: AbortSignal) => {
  caller.abort();
  return hang(signal);
};
const errors = (steps: readonly Step[]) => steps.flatMap((step) => step.error ?? []);

describe("rollout", () => {
  it("starts, acts, grades, and tells it as the reference's steps", async () => {
    const seen: Step[] = [];
    const result = await run(
      {
        start: () => ({ prompt: "how many?" }),
        grade: ({ params }) => ({ score: params["answer"] === "42" ? 0.5 : 0 }),
      },
      { onStep: (step) => seen.push(step), repeat: 2, attempt: 3, jobId: "j", groupId: "g", traceId: "t" },
    );
    expect(result).toMatchObject({
      outcome: "graded",
      reward: 0.5,
      answer: "42",
      slug: "count-1",
      repeat: 2,
      attempt: 3,
      jobId: "j",
      groupId: "g",
      placement: "double:count-1",
      trace: { traceId: "t", status: "completed", stopReason: "done", content: "42" },
    });
    expect(result.trace.steps).toEqual(seen);
    expect(seen).toMatchObject([
      {
        stepId: 1,
        source: "task",
        taskCall: { phase: "setup", name: "count", arguments: { n: 1 }, result: { prompt: "how many?" } },
      },
      { stepId: 2, source: "user", messages: [{ role: "user", content: { type: "text", text: "how many?" } }] },
      {
        stepId: 3,
        source: "task",
        taskCall: { phase: "evaluate", arguments: { answer: "42" }, result: { score: 0.5 } },
      },
    ]);
    for (const step of seen) {
      expect(step.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(step.startedAt <= step.endedAt).toBe(true);
    }
    expect(Object.keys(result.timings)).toEqual(["provisioning", "starting task", "agent loop", "grading", "cleanup"]);
  });

  it("has no user step without a prompt, and gives a typed answer as it is", async () => {
    const result = await run({ start: () => ({ prompt: null }) }, { agent: agentDouble(() => ({ total: 3 })) });
    expect(result.trace.steps.map((step) => step.source)).toEqual(["task", "task"]);
    expect(result.answer).toEqual({ total: 3 });
    expect(result.trace.content).toBe('{"total":3}');
  });

  it("has the grade kept before anything is torn down", async () => {
    const order: string[] = [];
    await run(
      { release: () => void order.push("release") },
      {
        onGraded: async (graded: GradedRun) => {
          await new Promise((resolve) => setImmediate(resolve));
          order.push(`graded ${graded.reward}`);
        },
      },
    );
    expect(order).toEqual(["graded 1", "release"]);
  });

  it("keeps the grade when the teardown fails", async () => {
    const result = await run({
      release: () => {
        throw new Error("disk on fire");
      },
    });
    expect(result).toMatchObject({ outcome: "graded", reward: 1 });
    expect(errors(result.trace.steps)).toEqual(["[cleanup] Error: disk on fire"]);
  });
});

describe("a rollout that fails", () => {
  const boom = () => {
    throw new Error("boom");
  };

  it.each<[string, RuntimeScript, object]>([
    [
      "placement, error of its own",
      { acquire: () => Promise.reject(new SdkError({ code: "RUNTIME_QUOTA", message: "no room" })) },
      { outcome: "infra-failed", error: { code: "RUNTIME_QUOTA", blame: "infra", phase: "provisioning" } },
    ],
    [
      "placement, any throw",
      { acquire: boom },
      { outcome: "infra-failed", error: { code: "RUNTIME_START_FAILED", message: "boom" } },
    ],
    [
      "setup",
      { start: boom },
      { outcome: "environment-failed", error: { code: "TASK_SETUP_FAILED", message: "boom", phase: "starting task" } },
    ],
    [
      "unknown template",
      { start: () => Promise.reject(new PeerError(-32602, "unknown task: 'count'")) },
      { outcome: "infra-failed", error: { code: "UNKNOWN_TEMPLATE", blame: "caller" } },
    ],
    [
      "bad arguments",
      { start: () => Promise.reject(new PeerError(-32000, "task 'count': bad args ['n']: n must be a string")) },
      { outcome: "infra-failed", error: { code: "INVALID_TASK_ARGS", blame: "caller" } },
    ],
    [
      "environment held by another session",
      { start: () => Promise.reject(new PeerError(-32600, "held by session 'x'")) },
      { outcome: "infra-failed", error: { code: "RUNTIME_QUOTA", blame: "infra" } },
    ],
    [
      "grade",
      { grade: boom },
      { outcome: "environment-failed", error: { code: "GRADE_FAILED", message: "boom", phase: "grading" } },
    ],
    [
      "grade without a score",
      { grade: () => ({ content: "none" }) },
      { outcome: "environment-failed", error: { code: "GRADE_INVALID" } },
    ],
    [
      "grade marked as an error",
      { grade: () => ({ score: 0, content: "judge is down", isError: true }) },
      {
        outcome: "environment-failed",
        error: { code: "GRADE_FAILED", message: expect.stringContaining("judge is down") },
      },
    ],
    [
      "connection lost in setup",
      { logs: "segfault", start: dropping },
      {
        outcome: "infra-failed",
        error: { code: "RUNTIME_LOST", details: { logs: "segfault" }, phase: "starting task" },
      },
    ],
    [
      "connection lost in grading",
      { logs: "out of memory", grade: dropping },
      {
        outcome: "infra-failed",
        error: { code: "RUNTIME_LOST", details: { logs: "out of memory" }, phase: "grading" },
      },
    ],
  ])("%s", async (_name, script, expected) => {
    const result = await run(script);
    expect(result).toMatchObject(expected);
    expect(result).not.toHaveProperty("reward");
    expect(result.trace.status).toBe("error");
    expect(errors(result.trace.steps)).toHaveLength(1);
  });

  it("grades what the agent left at its end: a copy, without what is no JSON", async () => {
    const left = { moves: ["a"] };
    const kept: GradedRun[] = [];
    const agent = agentDouble((agentRun) => {
      agentRun.answer(left);
      left.moves.push("too late");
      agentRun.trace.extra = { cost: 1n } as never;
    });
    const result = await run(
      { grade: ({ params }) => ({ score: 1, info: { answer: params["answer"] ?? null } }) },
      { agent, onGraded: async (graded) => void kept.push(graded) },
    );
    expect(result).toMatchObject({
      outcome: "graded",
      answer: { moves: ["a"] },
      trace: { content: '{"moves":["a"]}' },
    });
    expect(JSON.parse(JSON.stringify(kept[0]))).toMatchObject({ grade: { info: { answer: { moves: ["a"] } } } });
    expect(errors(result.trace.steps)).toEqual([expect.stringContaining("trace.extra is no JSON")]);
  });

  it("lets an agent wait for twenty things at once without a warning", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error) => warnings.push(warning.name);
    process.on("warning", onWarning);
    const agent = agentDouble(async ({ signal }) => {
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => raceAbort(new Promise((done) => setTimeout(done, 1, n)), signal)),
      );
    });
    expect(await run({}, { agent })).toMatchObject({ outcome: "graded" });
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it.each([undefined, 1n, () => 1])("takes no %s for an answer", async (value) => {
    const agent = agentDouble((agentRun) => agentRun.answer(value as never));
    expect(await run({}, { agent })).toMatchObject({
      outcome: "agent-failed",
      error: { code: "ANSWER_INVALID" },
    });
  });

  it("blames the agent for an answer that the environment would not read, with a verifier or without", async () => {
    const agent = agentDouble(() => "x".repeat(2_000));
    const result = await run({ maxFrameBytes: 1_024, logs: "alive" }, { agent });
    expect(result).toMatchObject({
      outcome: "agent-failed",
      error: {
        code: "ANSWER_INVALID",
        blame: "agent",
        message: expect.stringMatching(
          /^the answer makes a request of 20\d\d bytes; the environment reads at most 1024/,
        ),
        details: { maxBytes: 1_024 },
      },
    });
    expect(result.runtime.calls).not.toContain("tasks.grade");
    const verified = await run({ maxFrameBytes: 1_024 }, { agent, task: { ...task, verifier: { ...task, id: "v" } } });
    expect(verified).toMatchObject({ outcome: "agent-failed", error: { code: "ANSWER_INVALID" } });
  });

  it("says what the agent threw and grades nothing", async () => {
    const agent = agentDouble(() => {
      throw new TypeError("x is undefined");
    });
    const result = await run({}, { agent });
    expect(result).toMatchObject({ outcome: "agent-failed", error: { code: "AGENT_FAILED", phase: "agent loop" } });
    expect(errors(result.trace.steps)).toEqual(["[agent loop] TypeError: x is undefined"]);
    expect(result.runtime.calls).not.toContain("tasks.grade");
  });

  it("lets an agent's error blame the infrastructure, but not the caller", async () => {
    const throwing = (code: "MODEL_UNAVAILABLE" | "INVALID_OPTION") =>
      agentDouble(() => {
        throw new SdkError({ code, message: "m" });
      });
    expect(await run({}, { agent: throwing("MODEL_UNAVAILABLE") })).toMatchObject({
      outcome: "infra-failed",
      error: { code: "MODEL_UNAVAILABLE" },
    });
    expect(await run({}, { agent: throwing("INVALID_OPTION") })).toMatchObject({ outcome: "agent-failed" });
  });

  it("does not blame an agent whose environment died under it", async () => {
    let drop = () => {};
    const agent = agentDouble(() => {
      drop();
      throw new Error("read ECONNRESET");
    });
    const script: RuntimeScript = {
      start: (call) => {
        drop = call.drop;
        return { prompt: "go" };
      },
    };
    expect(await run(script, { agent })).toMatchObject({ outcome: "infra-failed", error: { code: "RUNTIME_LOST" } });
  });

  it("refuses deadlines that contradict each other before anything is placed", async () => {
    const runtime = runtimeDouble();
    await expect(rollout(task, answering, { runtime, rolloutTimeoutMs: 1, agentTimeoutMs: 1 })).rejects.toMatchObject({
      code: "INVALID_OPTION",
    });
    expect(runtime.leases.taken).toBe(0);
  });
});

describe("deadlines and cancellation", () => {
  it("grades an agent that ran out of time on what it left", async () => {
    const clock = manualClock();
    const agent = agentDouble(async (call) => {
      call.answer("partial");
      void clock.advance(5000);
      await hang(call.signal);
    });
    const result = await run({}, { agent, clock, agentTimeoutMs: 5000 });
    expect(result).toMatchObject({
      outcome: "graded",
      answer: "partial",
      trace: { status: "error", stopReason: "timeout" },
    });
    expect(errors(result.trace.steps)).toEqual(["agent timed out after 5s"]);
  });

  it("leaves behind an agent that ignores its signal, and shuts it out", async () => {
    const clock = manualClock();
    let late: unknown;
    let release = () => {};
    const agent = agentDouble(async (call) => {
      void clock.advance(20_000);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      try {
        call.answer("too late");
      } catch (error) {
        late = error;
      }
    });
    const result = await run({}, { agent, clock, agentTimeoutMs: 5000 });
    expect(result).toMatchObject({ outcome: "graded", answer: null });
    release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(late).toMatchObject({ code: "CLOSED" });
  });

  it.each<[string, (clock: ReturnType<typeof manualClock>) => { script: RuntimeScript; agent?: AgentV1 }]>([
    ["provisioning", (clock) => ({ script: { acquire: (_row, { signal }) => hangWhile(clock, 9000, signal) } })],
    ["starting task", (clock) => ({ script: { start: ({ signal }) => hangWhile(clock, 9000, signal) } })],
    ["agent loop", (clock) => ({ script: {}, agent: agentDouble(({ signal }) => hangWhile(clock, 9000, signal)) })],
    ["grading", (clock) => ({ script: { grade: ({ signal }) => hangWhile(clock, 9000, signal) } })],
  ])("ends without a reward when the rollout's time is over during %s", async (phase, make) => {
    const clock = manualClock();
    const { script, agent } = make(clock);
    const result = await run(script, { ...(agent && { agent }), clock, rolloutTimeoutMs: 9000 });
    expect(result).toMatchObject({
      outcome: "timed-out",
      error: { code: "DEADLINE_EXCEEDED", blame: "none", phase },
      trace: { status: "error", stopReason: "timeout" },
    });
    expect(errors(result.trace.steps)).toEqual([`rollout timed out after 9s during ${phase}`]);
    if (phase !== "provisioning") expect(result.runtime.calls).toContain("tasks.cancel");
  });

  it("keeps the grade when the time is over in the cleanup", async () => {
    const clock = manualClock();
    const result = await run({ release: () => clock.advance(9000) }, { clock, rolloutTimeoutMs: 9000 });
    expect(result).toMatchObject({ outcome: "graded", reward: 1 });
  });

  it("says that a placement did not start in time, with its last words", async () => {
    const clock = manualClock();
    const script: RuntimeScript = { acquire: (_row, { signal }) => hangWhile(clock, 7000, signal) };
    const slow = { ...task, runtimeConfig: { limits: { startupTimeoutS: 7 } } };
    expect(await run(script, { clock, task: slow })).toMatchObject({
      outcome: "infra-failed",
      error: { code: "RUNTIME_START_TIMEOUT", message: "double: not ready after 7s", phase: "provisioning" },
    });
  });

  it("is cancelled by the caller in any phase, and not started at all when it was before", async () => {
    const aborted = await run({}, { signal: AbortSignal.abort() });
    expect(aborted).toMatchObject({ outcome: "cancelled", error: { code: "ABORTED" }, trace: { status: "cancelled" } });
    expect(aborted.runtime.leases.taken).toBe(0);
    const caller = new AbortController();
    const result = await run({ grade: ({ signal }) => abortAndHang(caller, signal) }, { signal: caller.signal });
    expect(result).toMatchObject({ outcome: "cancelled", error: { phase: "grading" } });
    expect(errors(result.trace.steps)).toEqual(["[grading] cancelled"]);
    expect(result.runtime.calls).toContain("tasks.cancel");
  });

  it("disposes a lease that arrives after its rollout was cancelled", async () => {
    const caller = new AbortController();
    let arrive = () => {};
    const runtime = runtimeDouble({
      acquire: () => {
        caller.abort();
        return new Promise<void>((resolve) => {
          arrive = resolve;
        });
      },
    });
    expect(await rollout(task, answering, { runtime, signal: caller.signal })).toMatchObject({ outcome: "cancelled" });
    arrive();
    await expect.poll(() => runtime.leases).toMatchObject({ taken: 1, open: 0 });
  });
});
