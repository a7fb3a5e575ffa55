import type { ContentBlock, ToolResult } from "@hud-ts/core/spec";

/** What a tool found. */
export function found(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: false };
}

/** What a tool shows that is no text. */
export function shown(block: ContentBlock): ToolResult {
  return { content: [block], isError: false };
}

/** Why a tool could not do what it was asked. */
export function refused(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
