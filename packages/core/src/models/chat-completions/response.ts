import { z } from "zod";
import type { ContentBlock } from "../../spec/content.ts";
import type { FinishReason, ModelTurn } from "../../spec/model.ts";
import type { ToolCall } from "../../spec/step.ts";
import type { Sample, Usage } from "../../spec/usage.ts";
import { isJsonObject } from "../../util/json-object.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";

// Only what is used, each optional where some server leaves it out: what servers add must not break us.
const count = z.number().nullish().catch(null);
const text = z.string().nullish().catch(null);
const ids = z.array(z.number()).nullish().catch(null);

const toolCallSchema = z.object({
  id: text,
  function: z.object({ name: z.string(), arguments: z.unknown() }),
});

const messageSchema = z.object({
  content: z.union([z.string(), z.array(z.object({ type: z.string(), text: z.string().optional() }))]).nullish(),
  refusal: text,
  reasoning_content: text,
  reasoning: text,
  tool_calls: z.array(toolCallSchema).nullish(),
});

const choiceSchema = z.object({
  message: messageSchema,
  finish_reason: text,
  token_ids: ids,
  logprobs: z
    .object({ content: z.array(z.object({ logprob: z.number() })).nullish() })
    .nullish()
    .catch(null),
});

const responseSchema = z.object({
  choices: z.tuple([choiceSchema], z.unknown()),
  prompt_token_ids: ids,
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      cost: count,
      prompt_tokens_details: z.object({ cached_tokens: count }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
});

type ChatResponse = z.infer<typeof responseSchema>;
type ChatChoice = z.infer<typeof choiceSchema>;

/** Reads a chat completions response. Throws for one without a usable first choice. */
export function parseTurn(raw: Json): ModelTurn {
  const parsed = responseSchema.safeParse(raw);
  if (!parsed.success) throw new Error(`its reply is not a chat completion: ${describe(raw, parsed.error)}`);
  const choice = parsed.data.choices[0];
  const { message } = choice;
  const toolCalls = (message.tool_calls ?? []).map(readToolCall);
  const refusal = message.refusal || null;
  const sample = readSample(parsed.data, choice);
  return {
    content: readContent(message.content),
    toolCalls,
    reasoning: message.reasoning_content || message.reasoning || null,
    finishReason: readFinishReason(choice.finish_reason, { refused: refusal !== null, calls: toolCalls.length > 0 }),
    rawFinishReason: choice.finish_reason ?? null,
    refusal,
    usage: readUsage(parsed.data.usage),
    raw,
    ...(sample === undefined ? {} : { sample }),
  };
}

function describe(raw: Json, error: z.ZodError): string {
  // Some gateways report an upstream failure with status 200.
  const said = typeof raw === "object" && raw !== null && "error" in raw ? JSON.stringify(raw["error"]) : undefined;
  return said ?? z.prettifyError(error);
}

function readContent(content: ChatChoice["message"]["content"]): readonly ContentBlock[] {
  const parts = typeof content === "string" ? [{ text: content }] : (content ?? []);
  return parts.flatMap((part) => (part.text ? [{ type: "text" as const, text: part.text }] : []));
}

function readToolCall(call: z.infer<typeof toolCallSchema>, at: number): ToolCall {
  return {
    id: call.id || `call_${at + 1}`,
    name: call.function.name,
    arguments: readArguments(call.function.arguments),
  };
}

/** The arguments as an object; a text that is none is kept as it came. */
function readArguments(value: unknown): JsonObject | string {
  if (value === undefined || value === null || value === "") return {};
  if (typeof value !== "string") return isJsonObject(value) ? value : JSON.stringify(value);
  try {
    const parsed: unknown = JSON.parse(value);
    return isJsonObject(parsed) ? parsed : value;
  } catch {
    return value;
  }
}

function readFinishReason(reason: string | null | undefined, turn: { refused: boolean; calls: boolean }): FinishReason {
  if (turn.refused || reason === "content_filter") return "refusal";
  if (reason === "length") return "length";
  if (turn.calls) return "tool-calls"; // some servers say "stop" although they call
  return reason === "stop" ? "stop" : "other";
}

function readUsage(usage: ChatResponse["usage"]): Usage {
  return {
    promptTokens: usage?.prompt_tokens ?? null,
    completionTokens: usage?.completion_tokens ?? null,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? null,
    costUsd: usage?.cost ?? null,
  };
}

/** Token ids and log-probabilities, only when all three are there and match: half a sample teaches the wrong thing. */
function readSample(response: ChatResponse, choice: ChatChoice): Sample | undefined {
  const promptTokenIds = response.prompt_token_ids;
  const outputTokenIds = choice.token_ids;
  const outputLogprobs = choice.logprobs?.content?.map(({ logprob }) => logprob);
  if (!promptTokenIds || !outputTokenIds || outputLogprobs?.length !== outputTokenIds.length) return undefined;
  return { promptTokenIds, outputTokenIds, outputLogprobs };
}
