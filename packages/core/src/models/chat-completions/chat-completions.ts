import type { ModelRequest, ModelTurn, ModelV1 } from "../../spec/model.ts";
import { retrying } from "../retry.ts";
import type { ChatCompletionsOptions } from "./chat-completions-options.ts";
import { postJson } from "./post-json.ts";
import { requestBody } from "./request-body.ts";
import { resolveChatCompletionsOptions } from "./resolve-options.ts";
import { parseTurn } from "./response.ts";

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
