import { SdkError } from "../errors/sdk-error.ts";
import type { ContentBlock, Message, Prompt, PromptTurn } from "../spec/content.ts";
import { isJsonObject } from "../util/json-object.ts";
import type { Json, JsonObject } from "../util/json-types.ts";

const ROLES: ReadonlySet<string> = new Set(["user", "assistant", "system", "tool"]);
// Members that make each kind of block usable; a block without them is refused here rather than by a model's API.
const REQUIRED_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  text: ["text"],
  image: ["data", "mimeType"],
  audio: ["data", "mimeType"],
  video: ["data", "mimeType"],
  resource: [],
  resource_link: ["uri"],
};

/** Reads the `prompt` of a start frame. What is neither text, turns nor null becomes the text of its JSON. */
export function parsePrompt(value: Json | undefined): Prompt {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(parseTurn);
  return isTurn(value) ? [value] : JSON.stringify(value);
}

/**
 * A prompt with one block per message: what a trace records and an agent sends. An unknown role is `user`; nothing (`null`) is one empty text.
 *
 * @throws TASK_SETUP_FAILED for a block that lacks what its type needs
 */
export function promptMessages(prompt: Prompt): readonly Message[] {
  if (prompt === null || typeof prompt === "string") return [textMessage("user", prompt ?? "")];
  return prompt.flatMap((turn, index) =>
    typeof turn === "string" ? textMessage("user", turn) : turnMessages(turn, index),
  );
}

/**
 * The text of a prompt: its text turns, joined by blank lines; other blocks are left out.
 *
 * @throws TASK_SETUP_FAILED as {@link promptMessages}
 */
export function promptText(prompt: Prompt): string {
  return promptMessages(prompt)
    .flatMap(({ content }) => (content.type === "text" ? content.text : []))
    .join("\n\n");
}

function parseTurn(turn: Json, index: number): string | PromptTurn {
  if (typeof turn === "string") return turn;
  if (typeof turn === "number") return String(turn);
  if (isTurn(turn)) return turn;
  throw invalidTurn(`prompt[${index}]`, "a text or an object with 'content'", turn);
}

function isTurn(value: Json): value is Json & PromptTurn {
  return isJsonObject(value) && value["content"] !== undefined && value["content"] !== null;
}

function turnMessages(turn: PromptTurn, index: number): readonly Message[] {
  const role = ROLES.has(turn.role) ? turn.role : "user";
  if (typeof turn.content === "string") return [textMessage(role, turn.content)];
  const blocks = Array.isArray(turn.content) ? turn.content : [turn.content];
  return blocks.map((block, at) => ({ role, content: parseBlock(block, `prompt[${index}].content[${at}]`) }));
}

function parseBlock(block: Json, path: string): ContentBlock {
  const type = isJsonObject(block) ? block["type"] : undefined;
  const required =
    typeof type === "string" && Object.hasOwn(REQUIRED_MEMBERS, type) ? REQUIRED_MEMBERS[type] : undefined;
  if (!isJsonObject(block) || required === undefined) throw invalidTurn(path, "an MCP content block", block);
  for (const member of required) {
    if (typeof block[member] !== "string") throw invalidTurn(`${path}.${member}`, "a string", block[member]);
  }
  // The reference writes its optional members (`annotations`, `meta`) as nulls.
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== null)) as ContentBlock & JsonObject;
}

function textMessage(role: string, text: string): Message {
  return { role, content: { type: "text", text } };
}

function invalidTurn(path: string, expected: string, got: Json | undefined): SdkError {
  const text = JSON.stringify(got) ?? "nothing";
  return new SdkError({
    code: "TASK_SETUP_FAILED",
    message: `${path}: expected ${expected}, got ${text.slice(0, 80)}`,
    hint: "Yield a text, or turns of the form {role, content} whose content is a text, an MCP content block, or a list of blocks.",
  });
}
