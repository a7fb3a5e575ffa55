import { SdkError } from "../../errors/sdk-error.ts";
import type { ContentBlock } from "../../spec/content.ts";
import type { ModelMessage } from "../../spec/model.ts";
import type { ToolCall } from "../../spec/step.ts";
import { compact, isJsonObject } from "../../util/json-object.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";

type AssistantMessage = Extract<ModelMessage, { role: "assistant" }>;

/**
 * A turn of the model, replayed as its server wrote it where that is known: some templates need their own
 * members back (reasoning, signatures), and a cached prefix holds only when nothing moved.
 */
export function assistantMessage(message: AssistantMessage): JsonObject {
  const written = writtenMessage(message.raw);
  const { tool_calls, ...rest } = written ?? { content: assistantText(message.content) };
  const calls = message.toolCalls ?? [];
  const writtenCalls = Array.isArray(tool_calls) ? tool_calls : [];
  return {
    ...(calls.length === 0 ? { content: "" } : {}),
    ...compact(rest),
    role: "assistant",
    // Strict servers refuse an empty list, although lax ones send it.
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call, at) => toolCall(call, writtenCalls[at])) }),
  };
}

/** `choices[0].message` of a response, which is what `ModelTurn.raw` holds. */
function writtenMessage(raw: Json | undefined): JsonObject | undefined {
  const choices = isJsonObject(raw) ? raw["choices"] : undefined;
  const choice = Array.isArray(choices) ? (choices[0] as Json) : undefined;
  const message = isJsonObject(choice) ? choice["message"] : undefined;
  return isJsonObject(message) ? message : undefined;
}

function assistantText(blocks: readonly ContentBlock[]): Json {
  const texts = blocks.map((block) => {
    if (block.type === "text") return block.text;
    throw new SdkError({
      code: "MODEL_REQUEST_INVALID",
      message: `chat completions carry text only in an assistant message, got a block of type ${block.type}`,
      hint: "Put the block into a user message.",
    });
  });
  if (texts.length > 1) return texts.map((text) => ({ type: "text", text }));
  return texts[0] ?? null;
}

function toolCall(call: ToolCall, written: Json | undefined): JsonObject {
  const writtenFunction = isJsonObject(written) ? written["function"] : undefined;
  const spelled = isJsonObject(writtenFunction) ? writtenFunction["arguments"] : undefined;
  return {
    ...(isJsonObject(written) ? compact(written) : {}),
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: argumentsText(call, spelled) },
  };
}

/**
 * Servers put earlier arguments through a JSON parser to fill the chat template and refuse the whole request when that
 * fails; the tool's result quotes what was malformed.
 */
function argumentsText(call: ToolCall, spelled: Json | undefined): string {
  if (typeof call.arguments === "string" || call.arguments === null) return "{}";
  return typeof spelled === "string" && spelled !== "" ? spelled : JSON.stringify(call.arguments);
}
