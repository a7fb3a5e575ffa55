import { describe, expect, it } from "vitest";
import { AGENT_NAMES, type AgentName, createAgent } from "./create-agent.ts";
import { defineAgent } from "./define-agent.ts";

const endpoint = { model: "tiny", baseUrl: "http://127.0.0.1:1/v1" };

describe("createAgent", () => {
  it("knows every name and both spellings", () => {
    const options = { ...endpoint, answers: "3", solutionFor: () => undefined };
    expect(AGENT_NAMES.map((name) => createAgent(name, options as never).name)).toEqual(AGENT_NAMES);
    expect(createAgent("openai_compatible", endpoint).name).toBe("openai-compatible");
  });

  it.each([
    ["orcale", "Did you mean oracle?"],
    ["openai", "Did you mean openai-compatible?"],
    ["Openai-compatible", "Did you mean openai-compatible?"],
    ["zzzzzz", undefined],
    ["toString", undefined],
  ])("suggests the nearest to %s", (name, hint) => {
    expect(() => createAgent(name as AgentName, {} as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", hint, message: expect.stringContaining(JSON.stringify(name)) }),
    );
  });
});

describe("defineAgent", () => {
  it("makes an agent of a function", () => {
    const run = async () => {};
    const agent = defineAgent({ name: "mine", config: { depth: 2 }, timeoutMs: 5, run });
    expect(agent).toEqual({ specVersion: "agent/1", name: "mine", config: { depth: 2 }, timeoutMs: 5, run });
    expect(Object.keys(defineAgent({ name: "mine", run }))).toEqual(["specVersion", "name", "run"]);
  });

  it("refuses what cannot be one", () => {
    const run = async () => {};
    expect(() => defineAgent({ name: "", run })).toThrow("a name");
    expect(() => defineAgent({ name: "mine", run: 1 as never })).toThrow("function");
    expect(() => defineAgent({ name: "mine", run, timeoutMs: 0 })).toThrow("timeoutMs");
  });
});
