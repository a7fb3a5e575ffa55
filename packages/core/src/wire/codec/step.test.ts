import fc from "fast-check";
import { expect, test } from "vitest";
import type { Step } from "../../spec/step.ts";
import type { Trace } from "../../spec/trace.ts";
import { encodeSpan } from "./span.ts";
import { decodeStep, encodeStep } from "./step.ts";
import { decodeTrace, encodeTrace } from "./trace.ts";

const times = { started_at: "2026-11-21T00:32:45.606463Z", ended_at: "2026-11-21T00:32:46.000000Z" };
const stamps = `"started_at":"${times.started_at}","ended_at":"${times.ended_at}"`;

// The reference's own steps, member by member in its order.
test.each([
  `{"step_id":1,"source":"task","messages":[],"task_call":{"phase":"setup","name":"go","arguments":{"n":2},"result":{"prompt":"do it"}},${stamps},"extra":{}}`,
  `{"step_id":2,"source":"user","messages":[{"role":"user","content":{"type":"text","text":"do it"}}],${stamps},"extra":{}}`,
  `{"step_id":3,"source":"agent","messages":[],${stamps},"extra":{},"content":"","reasoning":"think","tool_calls":[{"name":"bash","arguments":{"command":"ls"},"id":"call_1"}],"done":false,"finish_reason":"tool_calls","citations":[],"raw":{"a":null},"model":"mm","usage":{"prompt_tokens":2,"completion_tokens":1},"sample":{"prompt_token_ids":[1,2],"output_token_ids":[3,4],"output_logprobs":[-0.1,-0.2]}}`,
  `{"step_id":4,"source":"tool","messages":[],${stamps},"extra":{},"call":{"name":"bash","arguments":"{oops","id":"c"},"result":{"content":[{"type":"text","text":"$ ls"}],"isError":false}}`,
  `{"step_id":5,"source":"system","messages":[],"error":"[agent loop] Error: x",${stamps},"extra":{}}`,
  `{"step_id":6,"source":"inference","messages":[],${stamps},"extra":{},"tick":1,"chunk":[[0.5,1]],"chunk_length":1,"names":["x","y"]}`,
])("a step of the reference comes back byte for byte: %s", (line) => {
  expect(JSON.stringify(encodeStep(decodeStep(JSON.parse(line))))).toBe(line);
});

test("a user step of the reference may lack its start, and keeps start <= end", () => {
  const step = decodeStep({ step_id: 1, source: "user", messages: [], ended_at: times.ended_at, extra: {} });
  expect(step).toMatchObject({ startedAt: times.ended_at, endedAt: times.ended_at });
});

test("a step that does not fit names the place", () => {
  expect(() => decodeStep({ step_id: 1, source: "tool", call: { arguments: 3 } })).toThrow(
    /^step: call\.name: expected a string, got nothing; /,
  );
  expect(() => decodeStep({ step_id: 1, source: "thought" })).toThrow(/^step: source: /);
});

const text = fc.string();
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as null);
const object = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__"),
  json,
);
const tokens = fc.option(fc.nat());
const block = fc.record({ type: fc.constant("text" as const), text });
const call = fc.record({ id: text, name: text, arguments: fc.oneof(object, text, fc.constant(null)) });
const base = {
  stepId: fc.integer({ min: 1 }),
  messages: fc.array(fc.record({ role: text, content: block })),
  error: fc.option(text),
  startedAt: text,
  endedAt: text,
  extra: object,
};
const simple = fc.record({ source: fc.constantFrom("user" as const, "system" as const), ...base });
const task = fc.record({
  source: fc.constant("task" as const),
  ...base,
  taskCall: fc.record({
    phase: fc.constantFrom("setup" as const, "evaluate" as const),
    name: text,
    arguments: json,
    result: json,
  }),
});
const agent = fc.record({
  source: fc.constant("agent" as const),
  ...base,
  content: fc.option(text),
  reasoning: fc.option(text),
  toolCalls: fc.array(call),
  done: fc.boolean(),
  finishReason: fc.option(text),
  stopReason: fc.constantFrom("length" as const, "malformed_tool_call" as const, null),
  refusal: fc.option(text),
  citations: fc.array(
    fc.record({ type: text, text, source: text, title: fc.option(text), startIndex: tokens, endIndex: tokens }),
  ),
  raw: json,
  model: fc.option(text),
  usage: fc.option(
    fc.record({
      promptTokens: tokens,
      completionTokens: tokens,
      cachedTokens: tokens,
      costUsd: fc.constantFrom(null, 0.5),
    }),
  ),
  sample: fc.option(
    fc.record({
      promptTokenIds: fc.array(fc.nat()),
      outputTokenIds: fc.array(fc.nat()),
      outputLogprobs: fc.array(fc.constantFrom(-0.5, -1)),
    }),
  ),
});
const tool = fc.record({
  source: fc.constant("tool" as const),
  ...base,
  call,
  result: fc.record({ content: fc.array(block), isError: fc.boolean() }),
});
const step: fc.Arbitrary<Step> = fc.oneof(simple, task, agent, tool);

const trace: fc.Arbitrary<Trace> = fc
  .record({
    traceId: text,
    steps: fc.array(step, { maxLength: 4 }),
    status: fc.constantFrom("completed", "error", "cancelled", null),
    stopReason: fc.constantFrom("done", "timeout", "token-budget", "sandbox-exhausted", null),
    content: fc.option(text),
    extra: object,
  })
  .map((value) => ({ ...value, steps: value.steps.map((item, index) => ({ ...item, stepId: index + 1 })) }));

test("every trace survives the wire, inside a step too", () => {
  fc.assert(
    fc.property(trace, (value) => {
      expect(decodeTrace(JSON.parse(JSON.stringify(encodeTrace(value))))).toEqual(value);
      const nested: Step = {
        source: "subagent",
        stepId: 1,
        messages: [],
        error: null,
        startedAt: "a",
        endedAt: "b",
        extra: {},
        subagent: value,
      };
      expect(decodeStep(JSON.parse(JSON.stringify(encodeStep(nested))))).toEqual(nested);
    }),
    { numRuns: 25 },
  );
});

test("a stop reason of ours does not reach the member that the reference validates", () => {
  const value: Trace = {
    traceId: "t",
    steps: [],
    status: "completed",
    stopReason: "token-budget",
    content: null,
    extra: {},
  };
  expect(encodeTrace(value)).toEqual({
    steps: [],
    status: "completed",
    extra: { "hud_ts.stop_reason": "token-budget" },
    trace_id: "t",
  });
});

test("a span wraps a step as the reference exports it", () => {
  const failed = decodeStep({ step_id: 1, source: "system", error: "boom", ...times });
  expect(encodeSpan(failed, { traceId: "run-1", spanId: "00112233aabbccdd" })).toEqual({
    name: "step.system",
    trace_id: "a1512d2b077d52699e52b7122739c297",
    span_id: "00112233aabbccdd",
    parent_span_id: null,
    kind: "INTERNAL",
    start_time: times.started_at,
    end_time: times.ended_at,
    status_code: "ERROR",
    status_message: "boom",
    attributes: { "hud.schema": "hud.step.v1", "hud.task_run_id": "run-1", "hud.payload": encodeStep(failed) },
    events: [],
  });
});
