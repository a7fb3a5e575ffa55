import type { JsonObject } from "../../util/json-types.ts";

/** Where a chat completions endpoint is, and how to talk to it. */
export interface ChatCompletionsOptions {
  /** Url up to, and without, `/chat/completions`; for most servers it ends in `/v1`. A query is kept. */
  readonly baseUrl: string;
  /** The model, by the server's name for it. */
  readonly model: string;
  /** Sent as `Authorization: Bearer …`; nothing is sent without it. Never part of an error. */
  readonly apiKey?: string | undefined;
  /** Further request headers; their values are treated as secrets in error texts. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Milliseconds for one try, reply included. Node's own fetch gives up after 300 s without a reply's headers;
   * for more, pass a `fetch` that waits longer. @default 300_000
   */
  readonly timeoutMs?: number | undefined;
  /** Tries after the first, for 408, 409, 429, 5xx, broken connections and unreadable replies. @default 4 */
  readonly maxRetries?: number | undefined;
  /** Most bytes read of one reply. @default 33_554_432 (32 MiB) */
  readonly maxResponseBytes?: number | undefined;
  /** Members added to every request body, such as `{ top_k: 20, return_token_ids: true }`. */
  readonly extra?: JsonObject | undefined;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
}
