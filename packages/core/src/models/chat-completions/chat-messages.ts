import { SdkError } from "../../errors/sdk-error.ts";
import type { ContentBlock, ImageBlock } from "../../spec/content.ts";
import type { ModelMessage } from "../../spec/model.ts";
import type { ToolResult } from "../../spec/step.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";
import { assistantMessage } from "./assistant-message.ts";

type ToolMessage = Extract<ModelMessage, { role: "tool" }>;

/** Messages as chat completions want them. */
export function chatMessages(messages: readonly ModelMessage[]): readonly JsonObject[] {
  const chat: JsonObject[] = [];
  let shown: ToolMessage[] = [];
  for (const message of messages) {
    // All results of one turn must follow it without a break, so their images wait for the last of them.
    if (message.role !== "tool" && shown.length > 0) {
      chat.push(imagesMessage(shown));
      shown = [];
    }
    chat.push(chatMessage(message));
    if (message.role === "tool" && imagesOf(message.result).length > 0) shown.push(message);
  }
  if (shown.length > 0) chat.push(imagesMessage(shown));
  return chat;
}

function chatMessage(message: ModelMessage): JsonObject {
  switch (message.role) {
    case "assistant":
      return assistantMessage(message);
    case "tool":
      return { role: "tool", tool_call_id: message.callId, content: resultText(message.result) };
    case "system":
    case "user":
      return { role: message.role, content: content(message.content, message.role) };
  }
}

/** A lone text as a string, which every server takes; anything else as parts. */
function content(blocks: readonly ContentBlock[], role: string): Json {
  const [first] = blocks;
  if (first === undefined) return "";
  if (blocks.length === 1 && first.type === "text") return first.text;
  return blocks.map((block) => contentPart(block, role));
}

function contentPart(block: ContentBlock, role: string): JsonObject {
  if (block.type === "text") return { type: "text", text: block.text };
  if (block.type === "image") return imagePart(block);
  const text = resourceText(block);
  if (text !== undefined) return { type: "text", text };
  throw new SdkError({
    code: "MODEL_REQUEST_INVALID",
    message: `chat completions carry text and images, got a block of type ${block.type} in a ${role} message`,
  });
}

function imagePart(image: ImageBlock): JsonObject {
  return { type: "image_url", image_url: { url: `data:${image.mimeType};base64,${image.data}` } };
}

function imagesOf(result: ToolResult): readonly ImageBlock[] {
  return result.content.filter((block) => block.type === "image");
}

function imagesMessage(results: readonly ToolMessage[]): JsonObject {
  const parts = results.flatMap(({ name, callId, result }) => [
    { type: "text", text: `Returned by ${name} (call ${callId}):` },
    ...imagesOf(result).map(imagePart),
  ]);
  return { role: "user", content: parts };
}

function resultText(result: ToolResult): string {
  const texts = result.content.filter((block) => block.type !== "image").map(resultBlockText);
  const text = texts.length > 0 ? texts.join("\n") : structuredText(result.structuredContent);
  if (text !== "") return result.isError ? `Error: ${text}` : text;
  if (result.isError) return "Error: the tool failed without saying why.";
  return imagesOf(result).length > 0 ? "The image follows." : "Done, without output.";
}

function resultBlockText(block: Exclude<ContentBlock, ImageBlock>): string {
  if (block.type === "text") return block.text;
  return resourceText(block) ?? `[${block.type} that cannot be shown]`;
}

function structuredText(value: Json | undefined): string {
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** The text that stands in a resource, or where a linked one is. */
function resourceText(block: JsonObject): string | undefined {
  if (block["type"] === "resource_link" && typeof block["uri"] === "string") return block["uri"];
  const resource = block["resource"];
  const text = typeof resource === "object" && resource !== null && "text" in resource ? resource["text"] : undefined;
  return typeof text === "string" ? text : undefined;
}
