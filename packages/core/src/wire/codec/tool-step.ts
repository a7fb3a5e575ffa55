import { z } from "zod";
import type { ToolCall, ToolResult } from "../../spec/step.ts";
import { compact } from "../../util/json-object.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";
import { contentBlock, encodeBlock } from "./content.ts";
import { jsonObject, orElse } from "./json-schemas.ts";

/** A tool call as steps hold it. */
export const toolCall: z.ZodType<ToolCall> = z.object({
  id: orElse(z.string(), ""),
  name: z.string(),
  arguments: z
    .union([jsonObject, z.string()], "expected an object or a text")
    .nullish()
    .transform((value) => value ?? null),
});

/** A tool's result as steps hold it. */
export const toolResult: z.ZodType<ToolResult> = z
  .object({
    content: orElse(z.array(contentBlock), []),
    isError: orElse(z.boolean(), false),
    structuredContent: z.custom<Json>().optional(),
    call_id: z.string().nullish(),
  })
  .transform(({ content, isError, structuredContent, call_id }) => ({
    content,
    isError,
    ...(structuredContent !== undefined && structuredContent !== null && { structuredContent }),
    ...(call_id !== undefined && call_id !== null && { callId: call_id }),
  }));

/** The wire form of a tool call, in the reference's order. */
export function encodeToolCall(call: ToolCall): JsonObject {
  return compact({ name: call.name, arguments: call.arguments, id: call.id });
}

/** The wire form of a tool's result. */
export function encodeToolResult(result: ToolResult): JsonObject {
  const { content, isError, structuredContent, callId } = result;
  return compact({ content: content.map(encodeBlock), isError, structuredContent, call_id: callId });
}
