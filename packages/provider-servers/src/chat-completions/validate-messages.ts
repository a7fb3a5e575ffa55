import { ApiError, invalid } from "./api-error.ts";
import { validateContent } from "./validate-content.ts";
import { type Checked, isRecord } from "./validate-values.ts";

const ROLES = ["system", "developer", "user", "assistant", "tool"];

/** Finds what the API would refuse in a list of messages: shapes, and results that do not answer their calls. */
export function validateMessages(messages: unknown): void {
  if (!Array.isArray(messages) || messages.length === 0) throw invalid("messages", "expected at least one message.");
  const pairing = new CallPairing();
  for (const [at, message] of messages.entries()) {
    const path = `messages[${at}]`;
    if (!isRecord(message)) throw invalid(path, "expected an object.");
    const { role } = message as Checked<"role">;
    if (typeof role !== "string" || !ROLES.includes(role)) {
      throw invalid(`${path}.role`, `expected one of ${ROLES.join(", ")}, got ${JSON.stringify(role)}.`);
    }
    if (role === "tool") pairing.answer(path, message["tool_call_id"]);
    else pairing.requireAnswered();
    if (role === "assistant") pairing.open(assistantCalls(path, message));
    else validateContent(`${path}.content`, message["content"], role);
  }
  pairing.requireAnswered();
}

function assistantCalls(path: string, message: Record<string, unknown>): readonly string[] {
  const { content, tool_calls: calls } = message as Checked<"content" | "tool_calls">;
  const hasContent = content !== undefined && content !== null;
  if (hasContent) validateContent(`${path}.content`, content, "assistant");
  if (calls === undefined) {
    if (!hasContent) throw invalid(`${path}.content`, "expected a string or parts, since there are no tool calls.");
    return [];
  }
  if (!Array.isArray(calls) || calls.length === 0) throw invalid(`${path}.tool_calls`, "[] is too short.");
  return calls.map((call, at) => callId(`${path}.tool_calls[${at}]`, call));
}

function callId(path: string, call: unknown): string {
  const { id, type, function: called } = (isRecord(call) ? call : {}) as Checked<"id" | "type" | "function">;
  if (typeof id !== "string" || id === "") throw invalid(`${path}.id`, "expected a string.");
  if (type !== "function") throw invalid(`${path}.type`, "expected 'function'.");
  const { name, arguments: text } = (isRecord(called) ? called : {}) as Checked<"name" | "arguments">;
  if (typeof name !== "string" || name === "") throw invalid(`${path}.function.name`, "expected a string.");
  if (typeof text !== "string") throw invalid(`${path}.function.arguments`, "expected a string.");
  // Stricter than the API, as vLLM and llama.cpp are: they parse it to fill the chat template.
  if (!isJsonObject(text)) throw invalid(`${path}.function.arguments`, "expected the text of a JSON object.");
  return id;
}

function isJsonObject(text: string): boolean {
  try {
    return isRecord(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Every call is answered once, by tool messages that follow it at once. */
class CallPairing {
  #open = new Set<string>();

  open(ids: readonly string[]): void {
    this.#open = new Set(ids);
    if (this.#open.size !== ids.length) throw new ApiError({ message: "Duplicate value for 'tool_call_id'." });
  }

  answer(path: string, id: unknown): void {
    if (typeof id !== "string") throw invalid(`${path}.tool_call_id`, "expected a string.");
    if (this.#open.delete(id)) return;
    throw new ApiError({
      message: "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
      param: `${path}.role`,
    });
  }

  requireAnswered(): void {
    if (this.#open.size === 0) return;
    throw new ApiError({
      message:
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
        `The following tool_call_ids did not have response messages: ${[...this.#open].join(", ")}`,
      param: "messages",
    });
  }
}
