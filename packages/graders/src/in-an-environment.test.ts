import { type AgentV1, Environment, type Json, type Task, Taskset } from "@hud-ts/core";
import { SdkError } from "@hud-ts/core/adapter";
import type { CommandTarget, ModelV1 } from "@hud-ts/core/spec";
import { expect, test } from "vitest";
import { z } from "zod";
import { bash, combine, combineAny, contains, exactMatch, llmJudge, numericMatch, score } from "./index.ts";

const unreadable: ModelV1 = {
  specVersion: "model/1",
  id: "unreadable",
  generate: async () => ({
    content: [{ type: "text", text: "hm" }],
    toolCalls: [],
    reasoning: null,
    finishReason: "stop",
    rawFinishReason: "stop",
    refusal: null,
    usage: { promptTokens: null, completionTokens: null, cachedTokens: null, costUsd: null },
    raw: null,
  }),
};

const env = new Environment({ name: "geography" });

const capital = env.template({ id: "capital", args: z.object({ city: z.string() }) })(async function* ({ city }) {
  const answer = yield "Which city?";
  yield combine(
    combineAny("names it", [score("alone", exactMatch(answer, city)), score("within", contains(answer, city))], {
      weight: 3,
    }),
    score("apologises", contains(answer, "sorry"), { weight: -0.25 }),
  );
});

const sum = env.template({ id: "sum", returns: z.object({ total: z.number() }) })(async function* () {
  const answer = yield "What is 1,000 + 234?";
  yield combine(
    score("right", answer.ok ? numericMatch(answer.content.total, 1234) : 0),
    score("exact", exactMatch(answer, { total: 1234 })),
  );
});

const judged = env.template({ id: "judged" })(async function* () {
  const answer = yield "Say something.";
  yield combine(llmJudge({ answer, criteria: ["Says something"], model: unreadable }));
});

const dead: CommandTarget = {
  specVersion: "command-target/1",
  phase: "snapshot",
  async run() {
    throw new SdkError({ code: "CAPABILITY_LOST", message: "the sandbox is gone" });
  },
};

const tested = env.template({ id: "tested" })(async function* () {
  yield "Fix the bug.";
  yield combine(bash({ command: "npm test", in: dead }));
});

const answering = (answer: Json): AgentV1 => ({
  specVersion: "agent/1",
  name: "answering",
  run: async (run) => run.answer(answer),
});

async function runOf(task: Task, answer: Json) {
  const { runs } = await new Taskset("one", [task]).run(answering(answer), { dir: null, retries: 0 });
  return runs[0];
}

async function gradeOf(task: Task, answer: Json) {
  const run = await runOf(task, answer);
  if (run?.outcome !== "graded") throw new Error(`not graded: ${JSON.stringify(run)}`);
  return run.grade;
}

test("a combined grade arrives in the result, parts and graders named", async () => {
  const grade = await gradeOf(capital({ city: "Paris" }), "I am sorry: Paris.");
  expect(grade.reward).toBe(0.75);
  expect(grade.info).toMatchObject({ grader: "combine@1", unclampedReward: 0.75 });
  expect(grade.subscores).toMatchObject([
    {
      name: "names it",
      weight: 1,
      value: 1,
      info: { grader: "combineAny@1" },
      children: [
        { name: "alone", value: 0, info: { grader: "score@1" } },
        { name: "within", value: 1 },
      ],
    },
    { name: "apologises", weight: -0.25, value: 1, children: null },
  ]);
});

test("a typed answer is graded by its content, a malformed one matches nothing", async () => {
  expect((await gradeOf(sum(), '{"total": 1234}')).reward).toBe(1);
  expect((await gradeOf(sum(), "1234")).reward).toBe(0);
});

test("a judge that fails leaves no reward, and is not the environment's fault", async () => {
  const run = await runOf(judged(), "something");
  expect(run).toMatchObject({ outcome: "infra-failed", error: { code: "JUDGE_FAILED", blame: "infra" } });
  expect(run).not.toHaveProperty("reward");
});

test("a sandbox that died under a grader leaves no reward, and is not the environment's fault", async () => {
  const run = await runOf(tested(), "done");
  expect(run).toMatchObject({ outcome: "infra-failed", error: { code: "CAPABILITY_LOST", blame: "infra" } });
  expect(run).not.toHaveProperty("reward");
});
