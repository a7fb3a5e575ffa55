import { SdkError } from "@hud-ts/core/adapter";
import type { ModelRequest, ModelV1, Sampling } from "@hud-ts/core/spec";
import type { AgentTool, ToolProvider } from "./agent-tool.ts";
import { nameTools } from "./tool-set.ts";

/** Ends that a model may be stopped for before its calls are carried out. */
export type StopCondition = "length" | "malformed_tool_call";

/** How a model is let act. */
export interface LoopOptions {
  /** Most turns of the model. @default 10 */
  readonly maxSteps?: number | undefined;
  /** Put before the prompt. */
  readonly systemPrompt?: string | undefined;
  /**
   * When the model stops, ask it whether it is done or only waits for leave, and let it go on in that case.
   * Counts against `maxSteps`. @default false
   */
  readonly autoRespond?: boolean | undefined;
  /** In [0, 2]. @default the server's */
  readonly temperature?: number | undefined;
  /** In (0, 1]. @default the server's */
  readonly topP?: number | undefined;
  readonly seed?: number | undefined;
  /** Most tokens of one turn. @default the server's */
  readonly maxOutputTokens?: number | undefined;
  /** Milliseconds for one tool call. @default 120_000 */
  readonly toolTimeoutMs?: number | undefined;
  /** Most characters of a tool's output that the model sees: head and tail. @default 32_768 */
  readonly maxToolOutputChars?: number | undefined;
  /** Stop, rather than answer the model, when a turn was cut off or a call is malformed. @default [] */
  readonly stopOn?: readonly StopCondition[] | undefined;
  /** Tools of one's own. */
  readonly tools?: readonly AgentTool[] | undefined;
  /** What makes tools of the environment's capabilities. @default `[workspaceTools()]` */
  readonly toolProviders?: readonly ToolProvider[] | undefined;
}

/** A loop that is ready to run. */
export interface ResolvedLoop {
  readonly model: ModelV1;
  readonly maxSteps: number;
  readonly systemPrompt: string | undefined;
  readonly autoRespond: boolean;
  /** What every request has in common. */
  readonly request: Pick<ModelRequest, "maxOutputTokens" | "sampling">;
  readonly toolTimeoutMs: number;
  readonly maxToolOutputChars: number;
  readonly stopOn: ReadonlySet<StopCondition>;
  readonly tools: readonly AgentTool[];
  readonly toolProviders: readonly ToolProvider[];
}

const DEFAULT_MAX_STEPS = 10; // the reference's
const DEFAULT_TOOL_TIMEOUT_MS = 120_000;
const DEFAULT_TOOL_OUTPUT_CHARS = 32_768;

/** @throws INVALID_OPTION */
export function resolveLoop(model: ModelV1, options: LoopOptions): ResolvedLoop {
  const { temperature, topP, seed, maxOutputTokens, tools = [] } = options;
  nameTools(tools); // a clash is told now, not in the first run
  if (maxOutputTokens !== undefined) count("maxOutputTokens", maxOutputTokens);
  return {
    model,
    maxSteps: count("maxSteps", options.maxSteps ?? DEFAULT_MAX_STEPS),
    systemPrompt: options.systemPrompt,
    autoRespond: options.autoRespond ?? false,
    request: {
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      sampling: sampling({ temperature, topP, seed }),
    },
    toolTimeoutMs: count("toolTimeoutMs", options.toolTimeoutMs ?? DEFAULT_TOOL_TIMEOUT_MS),
    maxToolOutputChars: count("maxToolOutputChars", options.maxToolOutputChars ?? DEFAULT_TOOL_OUTPUT_CHARS),
    stopOn: new Set(options.stopOn),
    tools,
    toolProviders: options.toolProviders ?? [],
  };
}

function sampling(o: { [K in keyof Sampling]: Sampling[K] | undefined }): Sampling {
  within("temperature", o.temperature, 2);
  within("topP", o.topP, 1);
  return Object.fromEntries(Object.entries(o).filter(([, value]) => value !== undefined));
}

function count(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `expected ${name} to be an integer of at least 1, got ${value}`,
  });
}

function within(name: string, value: number | undefined, most: number): void {
  if (value === undefined || (value >= 0 && value <= most)) return;
  throw new SdkError({ code: "INVALID_OPTION", message: `expected ${name} to be in [0, ${most}], got ${value}` });
}
