import { describe, expect, it } from "vitest";
import { defineAgent } from "./define-agent.ts";

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
