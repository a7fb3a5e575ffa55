import { describe, expect, it } from "vitest";
import type { AgentRun, AgentV1 } from "../spec/agent.ts";
import type { AgentStep } from "../spec/step.ts";
import { agentRunDouble } from "../testing/agent-run-double.ts";
import { delay } from "../util/clock.ts";
import { type AgentSituation, agentConformance } from "./agent.ts";

type Behaviour = (run: AgentRun) => Promise<void>;

const turn = (members: Partial<AgentStep> = {}) => ({
  source: "agent" as const,
  content: "3",
  ...members,
});

const RIGHT: Record<AgentSituation, Behaviour> = {
  async answers(run) {
    run.record(turn());
    run.answer("3");
  },
  async waits(run) {
    await delay(60_000, run.signal);
  },
  async endless(run) {
    for (let step = 0; step < 3; step++) {
      const call = { id: `call-${step}`, name: "look", arguments: {} };
      run.record(turn({ toolCalls: [call] }));
      run.record({ source: "tool", call, result: { content: [], isError: false } });
    }
    run.trace.stopReason = "max_steps";
  },
  async refuses(run) {
    run.record(turn({ refusal: "No." }));
  },
};

const SITUATIONS = Object.keys(RIGHT) as readonly AgentSituation[];
const agent = (run: Behaviour): AgentV1 => ({ specVersion: "agent/1", name: "double", run });

async function failing(create: (situation: AgentSituation) => AgentV1): Promise<readonly string[]> {
  const cases = agentConformance({
    create,
    run: agentRunDouble,
    situations: SITUATIONS,
    abortGraceMs: 100,
    timeoutMs: 500,
  });
  const failed: string[] = [];
  for (const { id, run } of cases) await run().catch(() => failed.push(id));
  return failed;
}

describe("agentConformance", () => {
  it("is met by an agent that does what it owes", async () => {
    expect(await failing((situation) => agent(RIGHT[situation]))).toEqual([]);
  });

  it("asks only about the situations that an agent knows", () => {
    const cases = agentConformance({ create: () => agent(RIGHT.answers), run: agentRunDouble });
    expect(cases.map(({ id }) => id)).toEqual([
      "agent/declares-itself",
      "agent/ordered-trace",
      "agent/concurrent",
      "agent/leaves-nothing",
    ]);
  });

  const broken: readonly (readonly [string, AgentSituation, () => Behaviour, string])[] = [
    [
      "keeps state between runs",
      "answers",
      () => {
        let runs = 0;
        return async (run) => {
          run.record(turn({ content: String(runs++) }));
        };
      },
      "agent/concurrent",
    ],
    [
      "answers calls that nobody made",
      "answers",
      () => async (run) => {
        const call = { id: "x", name: "look", arguments: {} };
        run.record({ source: "tool", call, result: { content: [], isError: false } });
      },
      "agent/ordered-trace",
    ],
    [
      "leaves a listener behind",
      "answers",
      () => async (run) => run.signal.addEventListener("abort", () => {}),
      "agent/leaves-nothing",
    ],
    [
      "goes on recording after its end",
      "answers",
      () => async (run) => void setTimeout(() => run.record(turn()), 1),
      "agent/leaves-nothing",
    ],
    ["does not hear the signal", "waits", () => () => delay(500), "agent/honours-signal"],
    [
      "fails with a reason of its own",
      "waits",
      () => (run) => delay(500, run.signal).catch(() => Promise.reject(new Error("other"))),
      "agent/honours-signal",
    ],
    [
      "takes one turn more",
      "endless",
      () => async (run) => {
        await RIGHT.endless(run);
        run.record(turn());
      },
      "agent/stops-at-max-steps",
    ],
    [
      "says nothing about why it stopped",
      "endless",
      () => async (run) => {
        await RIGHT.endless(run);
        run.trace.stopReason = "done";
      },
      "agent/stops-at-max-steps",
    ],
    ["throws at a refusal", "refuses", () => () => Promise.reject(new Error("No.")), "agent/refusal-is-no-failure"],
    ["forgets a refusal", "refuses", () => RIGHT.answers, "agent/refusal-is-no-failure"],
  ];

  it.each(broken)("finds an agent that %s", async (...[, situation, behaviour, id]) => {
    const shared = behaviour();
    const failed = await failing((asked) => agent(asked === situation ? shared : RIGHT[asked]));
    expect(failed).toContain(id);
  });

  it("finds an agent that does not declare itself", async () => {
    const failed = await failing((situation) => ({ ...agent(RIGHT[situation]), name: "" }));
    expect(failed).toEqual(["agent/declares-itself"]);
  });
});
