import { expect, test } from "vitest";
import { agentOptions } from "./agent-options.ts";

const given = {
  agent: "openai-compatible",
  table: { maxSteps: "number", systemPrompt: "text", autoRespond: "switch", completionKwargs: "object" },
  section: {},
  pairs: [],
  agents: ["openai-compatible", "nop"],
} as const;

test("the command line goes over the section, both in the reference's spelling or ours", () => {
  const options = agentOptions({
    ...given,
    section: { max_steps: 3, system_prompt: "be brief" },
    pairs: ["max_steps=5", "openai_compatible.autoRespond=true", 'completion_kwargs={"top_k":20}'],
  });
  expect(options).toEqual({
    maxSteps: 5,
    systemPrompt: "be brief",
    autoRespond: true,
    completionKwargs: { top_k: 20 },
  });
});

test("a text on the command line needs no quotes, whatever it looks like; in the file it is one", () => {
  expect(agentOptions({ ...given, pairs: ["system_prompt=5"] })).toEqual({ systemPrompt: "5" });
  expect(agentOptions({ ...given, pairs: ['system_prompt={"a":1}'] })).toEqual({ systemPrompt: '{"a":1}' });
  expect(() => agentOptions({ ...given, section: { system_prompt: 5 } })).toThrow("must be a text, got 5");
});

test("pairs of another agent are left alone", () => {
  expect(agentOptions({ ...given, pairs: ["nop.anything=1"] })).toEqual({});
});

test.each([
  [["max_step=5"], "unknown option 'max_step'"],
  [["max_steps=many"], 'must be a number, got "many"'],
  [["claude.max_steps=5"], "unknown agent 'claude'"],
  [["max_steps"], "expected KEY=VALUE"],
  [["constructor=1"], "unknown option 'constructor'"],
])("refuses %j", (pairs, message) => {
  expect(() => agentOptions({ ...given, pairs })).toThrow(message);
});
