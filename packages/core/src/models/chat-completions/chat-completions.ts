import type { ModelRequest, ModelTurn, ModelV1 } from "../../spec/model.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { retrying } from "../retry.ts";
import { postJson } from "./post-json.ts";
import { requestBody } from "./request-body.ts";
import { resolveChatCompletionsOptions } from "./resolve-options.ts";
import { parseTurn } from "./response.ts";

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

/**
 * A model behind any server that speaks chat completions: OpenAI, vLLM, SGLang, llama.cpp, Ollama, gateways.
 *
 * Images go as data urls; images in tool results follow in a user message, the only place where the protocol has room
 * for them. Token ids and log-probabilities become `sample` when the server gives them (`return_token_ids`, `logprobs`).
 * No I/O until `generate`.
 *
 * @throws INVALID_OPTION when an option cannot be used
 * @see https://platform.openai.com/docs/api-reference/chat/create
 * @example
 * const model = chatCompletions({ baseUrl: "http://127.0.0.1:8000/v1", model: "qwen3" });
 */
export function chatCompletions(options: ChatCompletionsOptions): ModelV1 {
  const endpoint = resolveChatCompletionsOptions(options);
  return {
    specVersion: "model/1",
    id: endpoint.model,
    async generate(request: ModelRequest, { signal }): Promise<ModelTurn> {
      const body = JSON.stringify(requestBody(request, endpoint));
      return await retrying(() => postJson({ endpoint, body, signal, parse: parseTurn }), {
        maxRetries: endpoint.maxRetries,
        signal,
      });
    },
  };
}
