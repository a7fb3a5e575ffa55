import { errorText, SdkError } from "../../errors/sdk-error.ts";
import { deadline } from "../../util/deadline.ts";
import type { Json } from "../../util/json-types.ts";
import { type Attempt, retryAfterMs } from "../retry.ts";
import { refusal } from "./http-refusal.ts";
import type { ChatEndpoint } from "./resolve-options.ts";

/** One request to an endpoint; `parse` throws for a reply that it cannot use. */
export interface PostJsonOptions<T> {
  readonly endpoint: ChatEndpoint;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly parse: (reply: Json) => T;
}

const LONGEST_EXCERPT = 500;

/** Tries the request once, bounded in time and bytes. Rejects only with the signal's reason. */
export async function postJson<T>(options: PostJsonOptions<T>): Promise<Attempt<T>> {
  const { endpoint, signal } = options;
  const message = `no reply from ${endpoint.displayUrl} within ${endpoint.timeoutMs} ms`;
  using limit = deadline({ ms: endpoint.timeoutMs, message, code: "MODEL_UNAVAILABLE", signal });
  try {
    const response = await endpoint.fetch(endpoint.url, {
      method: "POST",
      headers: endpoint.headers,
      body: options.body,
      redirect: "manual", // following one would turn the POST into a GET, or carry the key elsewhere
      signal: limit.signal,
    });
    const text = await readBounded(response, endpoint.maxResponseBytes);
    if (response.ok) return { value: options.parse(parseReply(text)) };
    return { ...refusal({ response, text, endpoint }), retryAfterMs: retryAfterMs(response.headers, Date.now()) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { error: limit.expired ? limitError(limit.signal) : unavailable(error, endpoint), again: true };
  }
}

/** Reads a body up to a limit, so that a server gone wild does not fill the memory. */
async function readBounded(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`its reply is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseReply(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Error(`its reply is not JSON: ${text.trim() || "it is empty"}`);
  }
}

function limitError(signal: AbortSignal): SdkError {
  return signal.reason as SdkError;
}

function unavailable(error: unknown, endpoint: ChatEndpoint): SdkError<"MODEL_UNAVAILABLE"> {
  // fetch says "fetch failed" and keeps what happened in the cause.
  const reason = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  const text = excerpt(endpoint.redact(errorText(reason))); // in this order: half a secret would pass the redaction
  const code = (reason as NodeJS.ErrnoException).code;
  const reached = !["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(code ?? "");
  return new SdkError({
    code: "MODEL_UNAVAILABLE",
    message: `no usable reply from ${endpoint.displayUrl}: ${text === "" ? code : text}`,
    hint: reached ? undefined : "Check that the model server runs and that the base url is right.",
    details: { url: endpoint.displayUrl },
  });
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}
