import { ApiError, invalid } from "./api-error.ts";
import type { ChatRequest } from "./chat-request.ts";
import { validateMessages } from "./validate-messages.ts";
import { type Checked, isRecord } from "./validate-values.ts";

/** Members that the API knows and this server lets pass unread. */
const PASSED_MEMBERS = new Set([
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "metadata",
  "parallel_tool_calls",
  "prompt_cache_key",
  "reasoning_effort",
  "seed",
  "service_tier",
  "store",
  "tool_choice",
  "top_logprobs",
  "user",
  "verbosity",
]);

const isNumberIn = (low: number, high: number) => (value: unknown) =>
  typeof value === "number" && value >= low && value <= high ? undefined : `expected a number in [${low}, ${high}].`;
const isCount = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 1 ? undefined : "expected an integer of at least 1.";
const isBoolean = (value: unknown) => (typeof value === "boolean" ? undefined : "expected a boolean.");

const CHECKS: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  temperature: isNumberIn(0, 2),
  top_p: isNumberIn(0, 1),
  max_tokens: isCount,
  max_completion_tokens: isCount,
  logprobs: isBoolean,
  n: (value) => (value === 1 ? undefined : "this server gives one choice."),
  stream: (value) => (value === false ? undefined : "this server does not stream; send false or leave it out."),
  stop: (value) =>
    typeof value === "string" ||
    (Array.isArray(value) && value.length <= 4 && value.every((s) => typeof s === "string"))
      ? undefined
      : "expected a string or at most 4 strings.",
};

const NAME_EXPECTED = "expected a string that matches '^[a-zA-Z0-9_-]{1,64}$'.";
const isName = (value: unknown) => typeof value === "string" && /^[a-zA-Z0-9_-]{1,64}$/.test(value);

/** Finds what the API would refuse in a request's body. Throws ApiError. */
export function validateRequest(body: unknown, options: { readonly extraMembers: readonly string[] }): ChatRequest {
  if (!isRecord(body)) throw new ApiError({ message: "The body must be a JSON object." });
  if (typeof body["model"] !== "string" || body["model"] === "") {
    throw new ApiError({ message: "you must provide a model parameter" });
  }
  for (const [member, value] of Object.entries(body)) validateMember(member, value, options.extraMembers);
  if ("max_tokens" in body && "max_completion_tokens" in body) {
    throw invalid("max_tokens", "it and 'max_completion_tokens' exclude each other.");
  }
  validateMessages(body["messages"]);
  if ("tools" in body) validateTools(body["tools"]);
  if ("response_format" in body) validateResponseFormat(body["response_format"]);
  return body as unknown as ChatRequest;
}

function validateMember(member: string, value: unknown, extraMembers: readonly string[]): void {
  if (["model", "messages", "tools", "response_format"].includes(member)) return;
  const check = Object.hasOwn(CHECKS, member) ? CHECKS[member] : undefined;
  const problem = check?.(value);
  if (problem !== undefined) throw invalid(member, problem);
  if (check !== undefined || PASSED_MEMBERS.has(member) || extraMembers.includes(member)) return;
  throw new ApiError({ message: `Unrecognized request argument supplied: ${member}`, param: member });
}

function validateTools(tools: unknown): void {
  if (!Array.isArray(tools) || tools.length === 0) throw invalid("tools", "expected at least one tool.");
  for (const [at, tool] of tools.entries()) validateTool(`tools[${at}]`, tool);
}

function validateTool(path: string, tool: unknown): void {
  if (!isRecord(tool) || tool["type"] !== "function") throw invalid(`${path}.type`, "expected 'function'.");
  const declared = tool["function"];
  if (!isRecord(declared)) throw invalid(`${path}.function`, "expected an object.");
  const { name, description, parameters } = declared as Checked<"name" | "description" | "parameters">;
  if (!isName(name)) throw invalid(`${path}.function.name`, NAME_EXPECTED);
  if (description !== undefined && typeof description !== "string") {
    throw invalid(`${path}.function.description`, "expected a string.");
  }
  if (parameters !== undefined && (!isRecord(parameters) || parameters["type"] !== "object")) {
    throw invalid(`${path}.function.parameters`, "expected a JSON Schema of type 'object'.");
  }
}

function validateResponseFormat(format: unknown): void {
  const type = isRecord(format) ? format["type"] : undefined;
  if (type === "text" || type === "json_object") return;
  if (!isRecord(format) || type !== "json_schema") {
    throw invalid("response_format.type", "expected 'text', 'json_object' or 'json_schema'.");
  }
  const declared = format["json_schema"];
  if (!isRecord(declared) || !isName(declared["name"])) {
    throw invalid("response_format.json_schema.name", NAME_EXPECTED);
  }
  if (!isRecord(declared["schema"])) throw invalid("response_format.json_schema.schema", "expected an object.");
}
