import type { ContentBlock, ModelMessage, Prompt, PromptTurn } from "@hud-ts/core/spec";

/** The conversation that a prompt begins, with every role and block that it had. */
export function promptConversation(prompt: Prompt, systemPrompt: string | undefined): ModelMessage[] {
  const turns = typeof prompt === "string" || prompt === null ? [prompt ?? ""] : prompt;
  const messages = turns.map((turn) => (typeof turn === "object" ? turnMessage(turn) : userMessage(String(turn))));
  if (messages.length === 0) messages.push(userMessage("")); // providers refuse a request without a message
  return systemPrompt === undefined ? messages : [{ role: "system", content: [textBlock(systemPrompt)] }, ...messages];
}

export function userMessage(text: string): ModelMessage {
  return { role: "user", content: [textBlock(text)] };
}

function turnMessage(turn: PromptTurn): ModelMessage {
  const content = blocksOf(turn.content);
  switch (turn.role) {
    case "assistant":
      return { role: "assistant", content };
    case "system":
    case "developer":
      return { role: "system", content };
    default:
      return { role: "user", content }; // also a tool's turn: it answers no call of this conversation
  }
}

function blocksOf(content: PromptTurn["content"]): readonly ContentBlock[] {
  if (typeof content === "string") return [textBlock(content)];
  return isBlockList(content) ? content : [content];
}

function isBlockList(content: ContentBlock | readonly ContentBlock[]): content is readonly ContentBlock[] {
  return Array.isArray(content);
}

function textBlock(text: string): ContentBlock {
  return { type: "text", text };
}
