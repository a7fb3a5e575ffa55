/**
 * Language models behind the one contract that agents and judges are written over.
 *
 * @module
 */
export { type ChatCompletionsOptions, chatCompletions } from "./chat-completions/chat-completions.ts";
