import { SdkError } from "@hud-ts/core/adapter";
import { type ChatCompletionsOptions, chatCompletions } from "@hud-ts/core/models";
import type { AgentV1, JsonObject, ModelV1 } from "@hud-ts/core/spec";
import { defineAgent } from "../define-agent.ts";
import { type LoopOptions, type ResolvedLoop, resolveLoop } from "../loop/loop-options.ts";
import { runLoop } from "../loop/run-loop.ts";
import { workspaceTools } from "../workspace/workspace-tools.ts";

/** A chat completions endpoint, as {@link chatCompletions} takes it; nothing of the key or a header is in a trace or `config`. */
export interface EndpointOptions extends Omit<ChatCompletionsOptions, "timeoutMs"> {
  /** Milliseconds for one try of a request. @default 300_000 */
  readonly requestTimeoutMs?: number | undefined;
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
 * In an environment with a shell it has the tools of {@link workspaceTools}. Every turn and every tool result is a step;
 * the answer is the last thing the model said.
 *
 * Failures of the provider (MODEL_UNAVAILABLE, MODEL_RATE_LIMITED, MODEL_AUTH, MODEL_REQUEST_INVALID) end the run as the
 * infrastructure's, so that it has no reward rather than a zero. No I/O until a run.
 *
 * @throws INVALID_OPTION
 * @example
 * const agent = openaiCompatible({ model: "qwen3", baseUrl: "http://127.0.0.1:8000/v1", maxSteps: 30 });
 */
export function openaiCompatible(options: OpenaiCompatibleOptions): AgentV1 {
  const { toolProviders = [workspaceTools()] } = options;
  const loop = resolveLoop(modelOf(options), { ...options, toolProviders });
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
  const { requestTimeoutMs, ...endpoint } = options;
  return chatCompletions({ ...endpoint, timeoutMs: requestTimeoutMs }); // `timeoutMs` of the options bounds a run, not a try
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
    ...(isEndpoint(options) && options.extra !== undefined ? { extra: options.extra } : {}),
  };
}

function isEndpoint<T extends { readonly model: string | ModelV1 }>(options: T): options is T & EndpointOptions {
  return typeof options.model === "string";
}
