import { z } from "zod";
import type { ObservationStep, Step } from "../../spec/step.ts";
import { compact } from "../../util/json-object.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { agentMembers, encodeAgentMembers } from "./agent-step.ts";
import { contentBlock, encodeBlock, message } from "./content.ts";
import { jsonObject, jsonValue, orElse, orNull } from "./json-schemas.ts";
import { parseWith } from "./parse.ts";
import { encodeToolCall, encodeToolResult, toolCall, toolResult } from "./tool-step.ts";
import { encodeTraceWith, traceSchema } from "./trace-shape.ts";

const base = {
  step_id: z.int().positive(),
  messages: orElse(z.array(message), []),
  error: orNull(z.string()),
  started_at: orNull(z.string()),
  ended_at: orNull(z.string()),
  extra: orElse(jsonObject, {}),
};

const taskCall = z.object({
  phase: z.enum(["setup", "evaluate"]),
  name: z.string(),
  arguments: jsonValue.optional().transform((value) => value ?? null),
  result: jsonValue.optional().transform((value) => value ?? null),
});

const wireStep = z.discriminatedUnion("source", [
  z.object({ source: z.literal("user"), ...base }),
  z.object({ source: z.literal("system"), ...base }),
  z
    .object({ source: z.literal("task"), ...base, task_call: taskCall })
    .transform(({ task_call, ...rest }) => ({ ...rest, taskCall: task_call })),
  z
    .object({ source: z.literal("agent"), ...base, ...agentMembers })
    .transform(({ tool_calls, finish_reason, stop_reason, ...rest }) => ({
      ...rest,
      toolCalls: tool_calls,
      finishReason: finish_reason,
      stopReason: stop_reason,
    })),
  z.object({ source: z.literal("tool"), ...base, call: toolCall, result: toolResult }),
  z.object({ source: z.literal("subagent"), ...base, subagent: traceSchema(z.lazy(() => stepSchema)) }),
  z.object({
    source: z.literal("observation"),
    ...base,
    tick: z.number(),
    images: orElse(z.record(z.string(), contentBlock), {}),
    state: orElse(z.record(z.string(), z.object({ names: z.array(z.string()), values: z.array(z.number()) })), {}),
  }),
  z
    .object({
      source: z.literal("inference"),
      ...base,
      tick: z.number(),
      chunk: z.array(z.array(z.number())),
      chunk_length: z.number(),
      names: orElse(z.array(z.string()), []),
    })
    .transform(({ chunk_length, ...rest }) => ({ ...rest, chunkLength: chunk_length })),
  z.object({
    source: z.literal("video_segment"),
    ...base,
    camera: z.string(),
    index: z.number(),
    fps: z.number(),
    segment: z.object({ type: z.literal("video"), data: z.string(), mimeType: z.string() }),
  }),
]);

/** A step as it is on the wire and on disk. Members it does not know are dropped; a missing time is the other one. */
export const stepSchema: z.ZodType<Step> = wireStep.transform(({ step_id, started_at, ended_at, ...rest }) => ({
  ...rest,
  stepId: step_id,
  startedAt: started_at ?? ended_at ?? "",
  endedAt: ended_at ?? started_at ?? "",
}));

/**
 * Reads a step.
 *
 * @throws FRAME_INVALID naming each place that does not fit
 */
export function decodeStep(value: unknown): Step {
  return parseWith(stepSchema, value, { code: "FRAME_INVALID", what: "step" });
}

/** The wire form of a step: the reference's keys in its order, nulls omitted. */
export function encodeStep(step: Step): JsonObject {
  return compact({
    step_id: step.stepId,
    source: step.source,
    messages: step.messages.map(({ role, content }) => ({ role, content: encodeBlock(content) })),
    task_call: step.source === "task" ? compact({ ...step.taskCall }) : null,
    error: step.error,
    started_at: step.startedAt,
    ended_at: step.endedAt,
    extra: step.extra,
    ...ownMembers(step),
  });
}

function ownMembers(step: Step): JsonObject {
  switch (step.source) {
    case "user":
    case "system":
    case "task":
      return {};
    case "agent":
      return encodeAgentMembers(step);
    case "tool":
      return { call: encodeToolCall(step.call), result: encodeToolResult(step.result) };
    case "subagent":
      return { subagent: encodeTraceWith(step.subagent, encodeStep) };
    case "observation":
      return { tick: step.tick, images: encodeImages(step.images), state: step.state };
    case "inference":
      return { tick: step.tick, chunk: step.chunk, chunk_length: step.chunkLength, names: step.names };
    case "video_segment":
      return { camera: step.camera, index: step.index, fps: step.fps, segment: step.segment };
  }
}

function encodeImages(images: ObservationStep["images"]): JsonObject {
  return Object.fromEntries(Object.entries(images).map(([camera, image]) => [camera, encodeBlock(image)]));
}
