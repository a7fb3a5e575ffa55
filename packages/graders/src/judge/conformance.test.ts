import { graderConformance } from "@hud-ts/core/conformance";
import { chatCompletions } from "@hud-ts/core/models";
import { type ChatServer, startChatServer } from "@hud-ts/provider-servers";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type JudgeInput, judge } from "./llm-judge.ts";

describe("llmJudge keeps the grader's contract", () => {
  let server: ChatServer;
  beforeAll(async () => {
    server = await startChatServer({ reply: () => '{"criterion_status": "MET", "explanation": "it is there"}' });
  });
  afterAll(() => server.close());

  const inputFor = (answer: unknown): JudgeInput => ({
    answer,
    criteria: [{ requirement: "says something", weight: 1 }],
    question: "",
    model: chatCompletions({ baseUrl: server.baseUrl, model: "judge-1" }),
    maxOutputTokens: undefined,
    maxConcurrent: 8,
    maxAnswerLength: 100_000,
  });
  for (const item of graderConformance({ create: () => judge, inputFor, deterministic: true })) {
    test(item.id, () => item.run());
  }
});
