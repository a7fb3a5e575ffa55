/**
 * Language models behind the one contract that agents and judges are written over.
 *
 * @module
 */
export { chatCompletions } from "./chat-completions/chat-completions.ts";
export type { ChatCompletionsOptions } from "./chat-completions/chat-completions-options.ts";
