import { deadline, errorText, isoMicros, onAbort, raceAbort, SdkError } from "@hud-ts/core/adapter";
import type { JsonObject, ToolCall, ToolResult } from "@hud-ts/core/spec";
import type { AgentTool } from "./agent-tool.ts";
import { boundResult } from "./bound-output.ts";
import type { ToolSet } from "./tool-set.ts";

/** How the calls of a turn are carried out. */
export interface CallToolsOptions {
  readonly tools: ToolSet;
  /** Milliseconds for one call; undefined for no limit. */
  readonly timeoutMs: number | undefined;
  readonly maxOutputChars: number;
  readonly signal: AbortSignal;
  /** Hears of each result when it is there. */
  readonly onResult: (call: ToolCall, result: ToolResult, startedAt: string) => void;
}

/** A call and what it came to. */
export interface CalledTool {
  readonly call: ToolCall;
  readonly result: ToolResult;
}

const QUOTED_ARGUMENTS = 200;

/**
 * Carries out the calls of one turn: at once, but one after another where they act on the same capability.
 * Results come in the order of the calls.
 *
 * @throws the signal's reason, or the SdkError of a tool whose infrastructure failed, once nothing runs any more
 */
export async function callTools(calls: readonly ToolCall[], options: CallToolsOptions): Promise<readonly CalledTool[]> {
  const turn = new AbortController();
  const { signal } = turn;
  using _follow = onAbort(options.signal, () => turn.abort(options.signal.reason));
  const lanes = new Map<string, Promise<unknown>>();
  const running = calls.map((call) => {
    const lane = options.tools.get(call.name)?.capability;
    const before = lane === undefined ? undefined : lanes.get(lane);
    const result = inOrder(before, () => callTool(call, { ...options, signal }));
    if (lane !== undefined) lanes.set(lane, result);
    result.catch((error: unknown) => turn.abort(error)); // the other calls of the turn have no reader any more
    return result;
  });
  const settled = await Promise.allSettled(running);
  if (signal.aborted) throw signal.reason;
  return settled.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

async function inOrder<T>(before: Promise<unknown> | undefined, work: () => Promise<T>): Promise<T> {
  await before;
  return await work();
}

async function callTool(call: ToolCall, options: CallToolsOptions): Promise<CalledTool> {
  options.signal.throwIfAborted();
  const startedAt = isoMicros(Date.now());
  const result = { ...(await resultOf(call, options)), callId: call.id };
  options.onResult(call, result, startedAt);
  return { call, result };
}

async function resultOf(call: ToolCall, options: CallToolsOptions): Promise<ToolResult> {
  const tool = options.tools.get(call.name);
  if (tool === undefined) return failure(`unknown tool: '${call.name}'; there is ${nameList(options.tools)}`);
  if (typeof call.arguments === "string") return failure(malformed(call.name, call.arguments));
  const result = await runTool(tool, { ...options, args: call.arguments ?? {}, name: call.name });
  return boundResult(result, options.maxOutputChars);
}

type RunToolOptions = CallToolsOptions & {
  readonly args: JsonObject;
  readonly name: string;
};

async function runTool(tool: AgentTool, { args, name, timeoutMs, signal }: RunToolOptions): Promise<ToolResult> {
  const message = `${name} timed out after ${(timeoutMs ?? 0) / 1_000} s`;
  using limit = deadline({ ms: timeoutMs, message, signal });
  try {
    return await raceAbort(tool.run(args, { signal: limit.signal, timeoutMs }), limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (limit.expired) return failure(`${message}; retry with something shorter`);
    if (isInfrastructure(error)) throw error;
    return failure(`tool error: ${errorText(error)}`);
  }
}

/** A broken placement is nothing that a model could answer for: the run has to end, and be tried again. */
function isInfrastructure(error: unknown): boolean {
  return SdkError.is(error) && (error.blame === "infra" || error.blame === "wire");
}

function failure(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}

function malformed(name: string, text: string): string {
  const quoted = text.length > QUOTED_ARGUMENTS ? `${text.slice(0, QUOTED_ARGUMENTS)}…` : text;
  return `the call of ${name} was not carried out: its arguments are not a JSON object, or stop early: ${quoted}`;
}

function nameList(tools: ToolSet): string {
  return tools.size === 0 ? "no tool" : [...tools.keys()].join(", ");
}
