import { SdkError } from "../../errors/sdk-error.ts";
import type { ErrorCode } from "../../errors/table.ts";
import type { ChatEndpoint } from "./resolve-options.ts";

const RETRIED_STATUS = new Set([408, 409, 429]);
const LONGEST_MESSAGE = 1_000;
// OpenAI has a code for it; vLLM, SGLang and llama.cpp say it in words.
const CONTEXT_FULL = /context (?:length|window|size)/i;

/** The error for a response that is not a success, and whether the same request may succeed later. */
export function refusal(options: { response: Response; text: string; endpoint: ChatEndpoint }): {
  error: SdkError;
  again: boolean;
} {
  const { status } = options.response;
  const { message, code } = serverError(options.text);
  // Waiting does not refill an account.
  const again = (RETRIED_STATUS.has(status) || status >= 500) && code !== "insufficient_quota";
  const reason = code === "context_length_exceeded" || CONTEXT_FULL.test(message) ? "context-length" : undefined;
  const said = shorten(options.endpoint.redact(message)); // in this order: half a secret would pass the redaction
  return { error: statusError({ ...options, message: said, reason }), again };
}

function statusError(o: {
  response: Response;
  endpoint: ChatEndpoint;
  message: string;
  reason: "context-length" | undefined;
}): SdkError {
  const { endpoint, response } = o;
  const { status } = response;
  const [code, hint] = classify(status);
  const location = endpoint.redact(response.headers.get("location") ?? "");
  const said = o.message === "" ? (location === "" ? "" : `: redirected to ${location}`) : `: ${o.message}`;
  return new SdkError({
    code,
    message: `${endpoint.displayUrl} answered ${status} for model ${endpoint.model}${said}`,
    hint,
    details: { status, url: endpoint.displayUrl, model: endpoint.model, ...(o.reason && { reason: o.reason }) },
  });
}

function classify(status: number): readonly [ErrorCode, string | undefined] {
  if (status === 401 || status === 403) return ["MODEL_AUTH", "Check the api key and what it may use."];
  if (status === 429) return ["MODEL_RATE_LIMITED", "Run fewer rollouts at once, or raise the account's limits."];
  if (status >= 500 || RETRIED_STATUS.has(status)) return ["MODEL_UNAVAILABLE", undefined];
  if (status === 404)
    return ["MODEL_REQUEST_INVALID", "Check the model's name and that the base url ends where the API begins."];
  if (status < 400) return ["MODEL_REQUEST_INVALID", "Set the base url to where it redirects."];
  return ["MODEL_REQUEST_INVALID", undefined];
}

/** What a server says, in the shapes that servers use; the bare text when it is none of them. */
function serverError(text: string): { message: string; code: unknown } {
  try {
    const body: unknown = JSON.parse(text);
    const error = member(body, "error") ?? body;
    const message = typeof error === "string" ? error : (member(error, "message") ?? member(error, "detail"));
    return { message: typeof message === "string" ? message : JSON.stringify(error), code: member(error, "code") };
  } catch {
    return { message: text.trim(), code: undefined };
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function shorten(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}
