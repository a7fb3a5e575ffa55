import { isJsonObject } from "../../util/json-object.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";

// Longest text kept, in UTF-16 units, tried in turn: most grades are one huge output among small members.
const TEXT_LIMITS = [65_536, 4_096, 256] as const;

/**
 * A grade frame cut until its JSON takes at most `maxBytes`: first its long texts, at last everything but what a grade must have.
 * The cut is stated in `info.truncated`. A reward that was earned is never lost to a frame limit.
 */
export function gradePreview(frame: JsonObject, maxBytes: number): JsonObject {
  const bytes = jsonBytes(frame);
  if (bytes <= maxBytes) return frame;
  const truncated = { bytes, maxBytes };
  for (const limit of TEXT_LIMITS) {
    const cut = cutTexts(frame, limit) as JsonObject;
    const preview = { ...cut, info: { ...(isJsonObject(cut["info"]) ? cut["info"] : {}), truncated } };
    if (jsonBytes(preview) <= maxBytes) return preview;
  }
  return {
    score: frame["score"],
    done: frame["done"] !== false,
    isError: frame["isError"] === true,
    info: { truncated },
  };
}

function cutTexts(value: Json | undefined, limit: number): Json | undefined {
  if (typeof value === "string") return cutText(value, limit);
  if (Array.isArray(value)) return value.map((item: Json) => cutTexts(item, limit) ?? null);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cutTexts(member, limit)]));
}

function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, ""); // half a character is no text
  return `${head}… [cut: ${text.length} characters in all]`;
}

function jsonBytes(value: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(value), "utf8");
}
