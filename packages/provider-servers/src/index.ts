/**
 * Faithful local servers of model protocols: what the real API would refuse, they refuse.
 *
 * @module
 */

export type {
  ChatReply,
  ChatReplyError,
  ChatReplyRaw,
  ChatReplySilence,
  ChatReplyTurn,
} from "./chat-completions/chat-reply.ts";
export type { ChatMessage, ChatPart, ChatRequest, ChatTool, ChatToolCall } from "./chat-completions/chat-request.ts";
export {
  type ChatServer,
  type ChatServerOptions,
  type RecordedChatRequest,
  startChatServer,
} from "./chat-completions/chat-server.ts";
