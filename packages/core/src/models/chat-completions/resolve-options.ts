import { SdkError } from "../../errors/sdk-error.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { redactor } from "../redact.ts";
import type { ChatCompletionsOptions } from "./chat-completions-options.ts";

/** A chat completions endpoint, ready to be called. */
export interface ChatEndpoint {
  readonly url: URL;
  /** The url without its query, which may hold a key. */
  readonly displayUrl: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  /** OpenAI's own reasoning models refuse the older name, which is the only one that many other servers know. */
  readonly maxTokensMember: "max_tokens" | "max_completion_tokens";
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly maxResponseBytes: number;
  readonly extra: JsonObject;
  readonly fetch: typeof globalThis.fetch;
  /** Takes every secret out of a text. */
  readonly redact: (text: string) => string;
}

const DEFAULT_TIMEOUT_MS = 300_000;
const DEFAULT_MAX_RETRIES = 4;
const DEFAULT_MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
const OWNED_MEMBERS = ["model", "messages", "tools", "stream"] as const;

export function resolveChatCompletionsOptions(options: ChatCompletionsOptions): ChatEndpoint {
  const url = completionsUrl(options.baseUrl);
  if (typeof options.model !== "string" || options.model === "") {
    throw invalid("expected a model name, got none", "Name the model as its server does, such as `qwen3`.");
  }
  const secrets = [options.apiKey ?? "", ...Object.values(options.headers ?? {}), ...url.searchParams.values()];
  return {
    url,
    displayUrl: url.origin + url.pathname,
    model: options.model,
    headers: requestHeaders(options),
    maxTokensMember: url.hostname === "api.openai.com" ? "max_completion_tokens" : "max_tokens",
    timeoutMs: atLeast("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS, 1),
    maxRetries: atLeast("maxRetries", options.maxRetries ?? DEFAULT_MAX_RETRIES, 0),
    maxResponseBytes: atLeast("maxResponseBytes", options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES, 1),
    extra: checkedExtra(options.extra ?? {}),
    fetch: options.fetch ?? globalThis.fetch,
    redact: redactor(secrets),
  };
}

/** @throws INVALID_OPTION when a member is one that the client itself sets */
export function checkedExtra(extra: JsonObject): JsonObject {
  const owned = OWNED_MEMBERS.filter((member) => Object.hasOwn(extra, member));
  if (owned.length === 0) return extra;
  throw invalid(`extra may not set ${owned.join(", ")}: the client sets it`, "Remove it from `extra`.");
}

function completionsUrl(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw invalid("expected baseUrl to be an http(s) url", "Write it in full, such as http://127.0.0.1:8000/v1.");
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid(`baseUrl of ${url.host} carries credentials`, "Pass them as `apiKey` or in `headers`.");
  }
  url.hash = "";
  url.pathname = `${url.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "")}/chat/completions`;
  return url;
}

function requestHeaders(options: ChatCompletionsOptions): Readonly<Record<string, string>> {
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    ...(options.apiKey === undefined || options.apiKey === "" ? {} : { authorization: `Bearer ${options.apiKey}` }),
    ...lowerCaseNames(options.headers ?? {}),
  };
  for (const [name, value] of Object.entries(headers)) {
    // fetch would refuse it too, quoting the value: the key would stand in the error.
    if (!isHeader(name, value)) {
      const what = name === "authorization" ? "the api key" : `header ${JSON.stringify(name)}`;
      throw invalid(`${what} has characters that a header cannot carry`, "Look for a line break or a stray space.");
    }
  }
  return headers;
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isHeader(name: string, value: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

function atLeast(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw invalid(`expected ${name} to be an integer of at least ${least}, got ${value}`);
}

function invalid(message: string, hint?: string): SdkError<"INVALID_OPTION"> {
  return new SdkError({ code: "INVALID_OPTION", message: `chatCompletions: ${message}`, hint });
}
