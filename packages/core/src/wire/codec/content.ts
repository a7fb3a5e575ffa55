import { z } from "zod";
import type { ContentBlock, Message } from "../../spec/content.ts";
import type { JsonObject } from "../../util/json-types.ts";

/** A content block: an object that says its type; the rest is kept as it came. */
export const contentBlock: z.ZodType<ContentBlock> = z.custom<ContentBlock>(
  (value) => typeof value === "object" && value !== null && typeof (value as JsonObject)["type"] === "string",
  "expected a content block",
);

/** A message with one block. */
export const message: z.ZodType<Message> = z.object({ role: z.string(), content: contentBlock });

/** The wire form of a block: a copy. */
export function encodeBlock(block: ContentBlock): JsonObject {
  return { ...block };
}
