import type { ContentBlock, JsonObject, ToolResult } from "@hud-ts/core/spec";

/** A result whose text has at most about `maxChars` characters: its head and its tail, which say most about a long output. */
export function boundResult(result: ToolResult, maxChars: number): ToolResult {
  const texts = result.content.flatMap((block) => textOf(block) ?? []);
  if (texts.length === 0) return boundStructured(result, maxChars);
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  if (total <= maxChars) return result;
  const share = Math.floor(maxChars / texts.length);
  const content = result.content.map((block) => {
    const text = textOf(block);
    return text === undefined ? block : cutBlock(text, share);
  });
  return { ...result, content };
}

/** What a model reads of a block: its text, or that of the resource in it. */
function textOf(block: ContentBlock): string | undefined {
  if (block.type === "text") return block.text;
  const { text } = block.type === "resource" ? ((block["resource"] ?? {}) as JsonObject) : {};
  return typeof text === "string" ? text : undefined;
}

function boundStructured(result: ToolResult, maxChars: number): ToolResult {
  const { structuredContent, ...rest } = result;
  const text = structuredContent === undefined ? "" : JSON.stringify(structuredContent);
  if (text.length <= maxChars) return result;
  return { ...rest, content: [cutBlock(text, maxChars), ...result.content] };
}

function cutBlock(text: string, maxChars: number): ContentBlock {
  return { type: "text", text: cutMiddle(text, maxChars) };
}

/** The first and the last half of `maxChars` characters, and how many were between them. */
export function cutMiddle(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const half = Math.floor(maxChars / 2);
  const head = text.slice(0, splitsPair(text, half) ? half - 1 : half);
  const from = text.length - half;
  const tail = text.slice(splitsPair(text, from) ? from + 1 : from);
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out …]\n${tail}`;
}

/** Whether a cut at `at` would leave half of a surrogate pair on each side, which is no text any more. */
function splitsPair(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
