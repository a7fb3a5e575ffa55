import { z } from "zod";
import type { AgentStep, Citation } from "../../spec/step.ts";
import type { Sample, Usage } from "../../spec/usage.ts";
import { compact } from "../../util/json-object.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { jsonValue, orElse, orNull } from "./json-schemas.ts";
import { encodeToolCall, toolCall } from "./tool-step.ts";

const usage: z.ZodType<Usage> = z
  .object({
    prompt_tokens: orNull(z.number()),
    completion_tokens: orNull(z.number()),
    cached_tokens: orNull(z.number()),
    cost_usd: orNull(z.number()),
  })
  .transform((value) => ({
    promptTokens: value.prompt_tokens,
    completionTokens: value.completion_tokens,
    cachedTokens: value.cached_tokens,
    costUsd: value.cost_usd,
  }));

const sample: z.ZodType<Sample> = z
  .object({
    prompt_token_ids: z.array(z.number()),
    output_token_ids: z.array(z.number()),
    output_logprobs: orElse(z.array(z.number()), []),
  })
  .transform((value) => ({
    promptTokenIds: value.prompt_token_ids,
    outputTokenIds: value.output_token_ids,
    outputLogprobs: value.output_logprobs,
  }));

const citation: z.ZodType<Citation> = z
  .object({
    type: orElse(z.string(), ""),
    text: orElse(z.string(), ""),
    source: orElse(z.string(), ""),
    title: orNull(z.string()),
    start_index: orNull(z.number()),
    end_index: orNull(z.number()),
  })
  .transform(({ start_index, end_index, ...rest }) => ({ ...rest, startIndex: start_index, endIndex: end_index }));

/** Members of an agent step beside those of every step, as they come. */
export const agentMembers = {
  content: orNull(z.string()),
  reasoning: orNull(z.string()),
  tool_calls: orElse(z.array(toolCall), []),
  done: orElse(z.boolean(), false),
  finish_reason: orNull(z.string()),
  stop_reason: orNull(z.enum(["length", "malformed_tool_call"])),
  refusal: orNull(z.string()),
  citations: orElse(z.array(citation), []),
  raw: jsonValue.optional().transform((value) => value ?? null),
  model: orNull(z.string()),
  usage: orNull(usage),
  sample: orNull(sample),
};

/** The wire form of those members, in the reference's order. */
export function encodeAgentMembers(step: AgentStep): JsonObject {
  return {
    content: step.content,
    reasoning: step.reasoning,
    tool_calls: step.toolCalls.map(encodeToolCall),
    done: step.done,
    finish_reason: step.finishReason,
    stop_reason: step.stopReason,
    refusal: step.refusal,
    citations: step.citations.map(encodeCitation),
    raw: step.raw,
    model: step.model,
    usage: step.usage && encodeUsage(step.usage),
    sample: step.sample && encodeSample(step.sample),
  };
}

function encodeUsage(value: Usage): JsonObject {
  return compact({
    prompt_tokens: value.promptTokens,
    completion_tokens: value.completionTokens,
    cached_tokens: value.cachedTokens,
    cost_usd: value.costUsd,
  });
}

function encodeSample(value: Sample): JsonObject {
  return {
    prompt_token_ids: value.promptTokenIds,
    output_token_ids: value.outputTokenIds,
    output_logprobs: value.outputLogprobs,
  };
}

function encodeCitation({ startIndex, endIndex, ...rest }: Citation): JsonObject {
  return compact({ ...rest, start_index: startIndex, end_index: endIndex });
}
