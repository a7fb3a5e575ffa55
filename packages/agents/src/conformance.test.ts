import { type AgentSituation, agentConformance, CONFORMANCE_MAX_STEPS } from "@hud-ts/core/conformance";
import { agentRunDouble } from "@hud-ts/core/testing";
import { type ChatReply, type ChatServer, startChatServer } from "@hud-ts/provider-servers";
import { afterAll, beforeAll, describe, it } from "vitest";
import { nop, openaiCompatible, oracle, scripted } from "./index.ts";

const REPLIES: Record<AgentSituation, ChatReply> = {
  answers: "3",
  endless: { content: "Again.", toolCalls: [{ name: "nosuch", arguments: {} }] },
  waits: { silent: true },
  refuses: { refusal: "I will not." },
};
const SITUATIONS = Object.keys(REPLIES) as readonly AgentSituation[];

let server: ChatServer;
beforeAll(async () => {
  server = await startChatServer({ reply: ({ model }) => REPLIES[model as AgentSituation] });
});
afterAll(() => server.close());

describe.each([
  ["nop", nop],
  ["scripted", () => scripted("3")],
  ["oracle", () => oracle({ solutionFor: () => () => ({ count: 3 }) })],
])("%s", (_name, create) => {
  for (const { id, run } of agentConformance({ create, run: agentRunDouble })) it(id, run);
});

describe("openai-compatible", () => {
  const create = (situation: AgentSituation) =>
    openaiCompatible({ model: situation, baseUrl: server.baseUrl, maxSteps: CONFORMANCE_MAX_STEPS });
  for (const { id, run } of agentConformance({ create, run: agentRunDouble, situations: SITUATIONS })) it(id, run);
});
