import { SdkError } from "@hud-ts/core/adapter";
import { chatCompletions } from "@hud-ts/core/models";
import type { AgentV1, JsonObject, ModelV1 } from "@hud-ts/core/spec";
import { defineAgent } from "../define-agent.ts";
import { type LoopOptions, type ResolvedLoop, resolveLoop } from "../loop/loop-options.ts";
import { runLoop } from "../loop/run-loop.ts";

/** A chat completions endpoint. */
export interface EndpointOptions {
  /** The model, by the server's name for it. */
  readonly model: string;
  /** Url up to, and without, `/chat/completions`; for most servers it ends in `/v1`. */
  readonly baseUrl: string;
  /** Sent as a bearer token; nothing is sent without it. Never part of a trace, an error or `config`. */
  readonly apiKey?: string | undefined;
  /** Further request headers, treated as secrets like the key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for one try of a request. @default 300_000 */
  readonly requestTimeoutMs?: number | undefined;
  /** Tries after the first for what the server says may pass: rate limits, overload, broken connections. @default 4 */
  readonly maxRetries?: number | undefined;
  /** Members added to every request body, such as `{ top_k: 20, return_token_ids: true }`. */
  readonly completionKwargs?: JsonObject | undefined;
}

/** Any model behind the contract, in place of an endpoint. */
export interface ModelOptions {
  readonly model: ModelV1;
  readonly baseUrl?: undefined;
}

/** What {@link openaiCompatible} is made with. */
export type OpenaiCompatibleOptions = LoopOptions & {
  /** Milliseconds for one run; a row's own limit wins. @default none */
  readonly timeoutMs?: number | undefined;
} & (EndpointOptions | ModelOptions);

/**
 * An agent around any model that speaks chat completions: vLLM, SGLang, llama.cpp, Ollama, OpenAI, gateways.
 * Every turn and every tool result is a step; the answer is the last thing the model said.
 *
 * Failures of the provider (MODEL_UNAVAILABLE, MODEL_RATE_LIMITED, MODEL_AUTH, MODEL_REQUEST_INVALID) end the run as the
 * infrastructure's, so that it has no reward rather than a zero. No I/O until a run.
 *
 * @throws INVALID_OPTION
 * @example
 * const agent = openaiCompatible({ model: "qwen3", baseUrl: "http://127.0.0.1:8000/v1", maxSteps: 30 });
 */
export function openaiCompatible(options: OpenaiCompatibleOptions): AgentV1 {
  const loop = resolveLoop(modelOf(options), options);
  return defineAgent({
    name: "openai-compatible",
    config: config(options, loop),
    timeoutMs: options.timeoutMs,
    run: (run) => runLoop(run, loop),
  });
}

function modelOf(options: OpenaiCompatibleOptions): ModelV1 {
  if (!isEndpoint(options)) return options.model;
  if (options.baseUrl === undefined) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `openaiCompatible: expected a baseUrl for model ${options.model}, got none`,
      hint: "Pass the url of its server, such as http://127.0.0.1:8000/v1.",
    });
  }
  return chatCompletions({
    model: options.model,
    baseUrl: options.baseUrl,
    apiKey: options.apiKey,
    headers: options.headers,
    timeoutMs: options.requestTimeoutMs,
    maxRetries: options.maxRetries,
    extra: options.completionKwargs,
  });
}

/** What the job's record may say: no key, no header, no query of the url. */
function config(options: OpenaiCompatibleOptions, loop: ResolvedLoop): JsonObject {
  const url = isEndpoint(options) ? new URL(options.baseUrl) : undefined;
  return {
    model: loop.model.id,
    ...(url === undefined ? {} : { baseUrl: url.origin + url.pathname }),
    maxSteps: loop.maxSteps,
    autoRespond: loop.autoRespond,
    ...(loop.systemPrompt === undefined ? {} : { systemPrompt: loop.systemPrompt }),
    ...loop.request.sampling,
    ...(loop.request.maxOutputTokens === undefined ? {} : { maxOutputTokens: loop.request.maxOutputTokens }),
    toolTimeoutMs: loop.toolTimeoutMs,
    maxToolOutputChars: loop.maxToolOutputChars,
    stopOn: [...loop.stopOn],
    ...(isEndpoint(options) && options.completionKwargs ? { completionKwargs: options.completionKwargs } : {}),
  };
}

function isEndpoint<T extends { readonly model: string | ModelV1 }>(options: T): options is T & EndpointOptions {
  return typeof options.model === "string";
}
