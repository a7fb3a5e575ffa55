import type { ChatReplyTurn } from "./chat-reply.ts";
import type { ChatMessage, ChatRequest } from "./chat-request.ts";

// A common rule of thumb, and what the API charges for an image at low detail: good enough for numbers that tests add up.
const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_IMAGE = 85;

/** A turn as the API's response body; `serial` makes its ids unique within the server. */
export function completion(options: { request: ChatRequest; turn: ChatReplyTurn; serial: number }): object {
  const { request, turn, serial } = options;
  const { tokenIds } = turn;
  const withIds = request["return_token_ids"] === true && tokenIds !== undefined;
  return {
    id: `chatcmpl-${serial}`,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1_000),
    model: request.model,
    choices: [
      {
        index: 0,
        message: assistantMessage(turn, serial),
        logprobs: request.logprobs === true && turn.logprobs !== undefined ? logprobs(turn.logprobs) : null,
        finish_reason: turn.finishReason ?? (turn.toolCalls?.length ? "tool_calls" : "stop"),
        ...(withIds ? { token_ids: tokenIds.output } : {}),
      },
    ],
    usage: usage(request, turn),
    ...(withIds ? { prompt_token_ids: tokenIds.prompt } : {}),
  };
}

function assistantMessage(turn: ChatReplyTurn, serial: number): object {
  const calls = (turn.toolCalls ?? []).map((call, at) => ({
    id: call.id ?? `call_${serial}_${at + 1}`,
    type: "function",
    function: {
      name: call.name,
      arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments ?? {}),
    },
  }));
  return {
    role: "assistant",
    content: turn.content ?? null,
    refusal: turn.refusal ?? null,
    ...(turn.reasoning === undefined ? {} : { reasoning_content: turn.reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function logprobs(values: readonly number[]): object {
  return { content: values.map((logprob) => ({ token: "", logprob, bytes: null, top_logprobs: [] })), refusal: null };
}

function usage(request: ChatRequest, turn: ChatReplyTurn): object {
  const written = `${turn.content ?? ""}${turn.reasoning ?? ""}${JSON.stringify(turn.toolCalls ?? "")}`;
  const prompt = turn.usage?.promptTokens ?? request.messages.reduce((sum, message) => sum + messageTokens(message), 0);
  const output = turn.usage?.completionTokens ?? textTokens(written);
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: turn.usage?.cachedTokens ?? 0 },
  };
}

function messageTokens(message: ChatMessage): number {
  const { content } = message;
  if (typeof content === "string") return textTokens(content);
  return (content ?? []).reduce(
    (sum, part) => sum + (part.type === "text" ? textTokens(part.text) : TOKENS_PER_IMAGE),
    0,
  );
}

function textTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}
