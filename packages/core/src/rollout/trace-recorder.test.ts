import { expect, test } from "vitest";
import { manualClock } from "../testing/manual-clock.ts";
import { Timeline } from "./timeline.ts";
import { TraceRecorder } from "./trace-recorder.ts";

const AT = "2026-01-01T00:00:00.000000Z";

test("what a turn leaves out is filled in", () => {
  const recorder = new TraceRecorder(new Timeline(manualClock()));
  expect(recorder.record({ source: "agent", content: "3" })).toEqual({
    source: "agent",
    stepId: 1,
    startedAt: AT,
    endedAt: AT,
    messages: [],
    error: null,
    extra: {},
    content: "3",
    reasoning: null,
    toolCalls: [],
    done: true,
    finishReason: null,
    stopReason: null,
    refusal: null,
    citations: [],
    raw: null,
    model: null,
    usage: null,
    sample: null,
  });
});

test("a turn that calls tools is not done, unless it says so", () => {
  const recorder = new TraceRecorder(new Timeline(manualClock()));
  const calling = { source: "agent", content: null, toolCalls: [{ id: "1", name: "look", arguments: {} }] } as const;
  expect(recorder.record(calling)).toMatchObject({ done: false, stepId: 1 });
  expect(recorder.record({ ...calling, done: true, model: "m" })).toMatchObject({ done: true, model: "m", stepId: 2 });
});
