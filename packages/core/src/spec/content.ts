import type { JsonObject } from "../util/json-types.ts";

/** Text. */
export interface TextBlock {
  readonly type: "text";
  readonly text: string;
}

/** An image: `data` is base64. */
export interface ImageBlock {
  readonly type: "image";
  readonly data: string;
  readonly mimeType: string;
}

/** Any other MCP content block (audio, resource, resource_link, …), kept as it came. */
export type OtherBlock = JsonObject & { readonly type: "audio" | "resource" | "resource_link" | "video" };

/**
 * One MCP content block.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-result
 */
export type ContentBlock = TextBlock | ImageBlock | OtherBlock;

/** A turn of a prompt: one speaker, one or more blocks. Roles beyond user and assistant (`system`, `tool`) are kept. */
export interface PromptTurn {
  readonly role: string;
  readonly content: string | ContentBlock | readonly ContentBlock[];
}

/** What a task's first yield may be: a text, turns, or nothing (`null`). */
export type Prompt = string | null | readonly (string | PromptTurn)[];

/** A message with exactly one block: the normal form of prompts in traces. */
export interface Message {
  readonly role: string;
  readonly content: ContentBlock;
}
