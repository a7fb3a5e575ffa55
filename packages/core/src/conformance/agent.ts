import { getEventListeners } from "node:events";
import { isDeepStrictEqual } from "node:util";
import type { AgentRun, AgentV1 } from "../spec/agent.ts";
import type { AgentStep, Step } from "../spec/step.ts";
import { delay } from "../util/clock.ts";
import type { Json } from "../util/json-types.ts";
import type { ConformanceCase } from "./case.ts";
import { check, outcomeOf, show, within } from "./check.ts";

/**
 * What an agent can be put before: it answers at once; its model calls tools without end, `maxSteps` being 3;
 * what it waits for never comes; its model refuses.
 */
export type AgentSituation = "answers" | "endless" | "waits" | "refuses";

/** What {@link agentConformance} needs to know of an agent. */
export interface AgentConformanceOptions {
  /** Makes a fresh agent that will find itself in `situation`. */
  readonly create: (situation: AgentSituation) => AgentV1 | Promise<AgentV1>;
  /** Makes a run for it; `agentRunDouble` of the testing entry is one. */
  readonly run: (options: { readonly signal: AbortSignal }) => AgentRun;
  /** The situations that it knows; an agent without a model cannot be refused anything. @default ["answers"] */
  readonly situations?: readonly AgentSituation[];
  /** Milliseconds within which a run must end after its signal fired. @default 2000 */
  readonly abortGraceMs?: number;
  /** Milliseconds for any one run. @default 10000 */
  readonly timeoutMs?: number;
}

/** Turns that an agent has in the situation `endless`. */
export const CONFORMANCE_MAX_STEPS = 3;

const RUNS_AT_ONCE = 20;

/**
 * What an agent owes the engine, as cases for any test runner: one instance drives many runs, the trace is in order,
 * the signal is obeyed, budgets hold, a refusal is no failure, nothing is left behind.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { defineAgent } from "@hud-ts/agents";
 * import { agentConformance } from "@hud-ts/core/conformance";
 * import { agentRunDouble } from "@hud-ts/core/testing";
 *
 * const create = () => defineAgent({ name: "guess", run: async (run) => run.answer("3") });
 * for (const item of agentConformance({ create, run: agentRunDouble })) test(item.id, item.run);
 * ```
 */
export function agentConformance(options: AgentConformanceOptions): readonly ConformanceCase[] {
  const { create, abortGraceMs = 2_000, timeoutMs = 10_000 } = options;
  const never = () => new AbortController().signal;
  const drive = async (agent: AgentV1, signal = never()) => {
    const run = options.run({ signal });
    await within(agent.run(run), timeoutMs, "the run");
    return run;
  };

  const cases: Record<AgentSituation, readonly ConformanceCase[]> = {
    answers: [
      {
        id: "agent/declares-itself",
        requirement: 'specVersion is "agent/1"; name is a text, not empty; config survives JSON; timeoutMs is above 0',
        async run() {
          const { specVersion, name, config, timeoutMs: limit } = await create("answers");
          check(specVersion === "agent/1", `specVersion is ${show(specVersion)}`);
          check(typeof name === "string" && name !== "", `name is ${show(name)}`);
          check(
            config === undefined || isDeepStrictEqual(JSON.parse(JSON.stringify(config)), config),
            `config is ${show(config)}`,
          );
          check(limit === undefined || limit > 0, `timeoutMs is ${show(limit)}`);
        },
      },
      {
        id: "agent/ordered-trace",
        requirement: "steps are in order of time, and every tool step answers one call of an earlier agent step",
        async run() {
          checkOrder((await drive(await create("answers"))).trace.steps);
        },
      },
      {
        id: "agent/concurrent",
        requirement: `one instance drives ${RUNS_AT_ONCE} runs at once, each as it drives one alone`,
        async run() {
          const alone = shapeOf(await drive(await create("answers")));
          const agent = await create("answers");
          const runs = await Promise.all(Array.from({ length: RUNS_AT_ONCE }, () => drive(agent)));
          for (const run of runs) {
            check(shapeOf(run) === alone, `beside others it left ${shapeOf(run)}, alone ${alone}`);
          }
        },
      },
      {
        id: "agent/leaves-nothing",
        requirement: "after its run no listener is left on the signal, and nothing is recorded any more",
        async run() {
          const { signal } = new AbortController();
          const run = await drive(await create("answers"), signal);
          const steps = run.trace.steps.length;
          await delay(20);
          check(
            run.trace.steps.length === steps,
            `${run.trace.steps.length - steps} steps were recorded after the end`,
          );
          const listeners = getEventListeners(signal, "abort").length;
          check(listeners === 0, `${listeners} listeners are left on the signal`);
        },
      },
    ],
    waits: [
      {
        id: "agent/honours-signal",
        requirement: `when the signal fires, the run ends within ${abortGraceMs} ms: with the signal's reason, or in order`,
        async run() {
          const controller = new AbortController();
          const reason = new Error("time is up");
          const run = options.run({ signal: controller.signal });
          const pending = outcomeOf((await create("waits")).run(run));
          await delay(20);
          controller.abort(reason);
          const ended = await within(pending, abortGraceMs, "an aborted run");
          check(ended.rejected === undefined || ended.rejected === reason, `the run ${ended.text}`);
          const listeners = getEventListeners(controller.signal, "abort").length;
          check(listeners === 0, `${listeners} listeners are left on the signal`);
        },
      },
    ],
    endless: [
      {
        id: "agent/stops-at-max-steps",
        requirement: `with maxSteps ${CONFORMANCE_MAX_STEPS} it takes that many turns and says why it stopped`,
        async run() {
          const { trace } = await drive(await create("endless"));
          const turns = agentSteps(trace.steps).length;
          check(turns === CONFORMANCE_MAX_STEPS, `it took ${turns} turns`);
          check(trace.stopReason === "max_steps", `stopReason is ${show(trace.stopReason)}`);
          checkOrder(trace.steps);
        },
      },
    ],
    refuses: [
      {
        id: "agent/refusal-is-no-failure",
        requirement: "a model that refuses ends the run in order, and the refusal stands in the trace",
        async run() {
          const { trace } = await drive(await create("refuses"));
          const last = agentSteps(trace.steps).at(-1);
          check(typeof last?.refusal === "string" && last.refusal !== "", `refusal is ${show(last?.refusal)}`);
        },
      },
    ],
  };
  return (options.situations ?? ["answers"]).flatMap((situation) => cases[situation]);
}

function agentSteps(steps: readonly Step[]): readonly AgentStep[] {
  return steps.filter((step) => step.source === "agent");
}

/** What must not depend on what runs beside: who did something, what was said, the answer. */
function shapeOf(run: AgentRun): string {
  const steps = run.trace.steps.map((step): Json => {
    if (step.source === "agent") return ["agent", step.content, step.toolCalls.map(({ name }) => name)];
    return step.source === "tool" ? ["tool", step.call.name, step.result.isError] : [step.source];
  });
  return JSON.stringify({ steps, content: run.trace.content, stopReason: run.trace.stopReason });
}

function checkOrder(steps: readonly Step[]): void {
  const open = new Set<string>();
  let endedAt = "";
  for (const [at, step] of steps.entries()) {
    check(step.stepId === at + 1, `step ${at + 1} has the id ${step.stepId}`);
    check(step.startedAt <= step.endedAt, `step ${at + 1} starts at ${step.startedAt}, after its end ${step.endedAt}`);
    check(endedAt <= step.endedAt, `step ${at + 1} ends at ${step.endedAt}, before the one before it`);
    endedAt = step.endedAt;
    if (step.source === "agent") for (const { id } of step.toolCalls) open.add(id);
    if (step.source === "tool")
      check(open.delete(step.call.id), `step ${at + 1} answers ${show(step.call.id)}, which is not open`);
  }
}
