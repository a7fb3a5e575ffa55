import { raceAbort } from "@hud-ts/core/adapter";
import type { AgentRun, ModelMessage, ModelTurn, StopReason } from "@hud-ts/core/spec";
import { askWhetherDone, CONTINUE } from "./auto-respond.ts";
import { callTools } from "./call-tools.ts";
import type { ResolvedLoop, StopCondition } from "./loop-options.ts";
import { promptConversation, userMessage } from "./prompt.ts";
import { recordResult, recordTurn, recordUserText, recordVerdict } from "./record.ts";
import { modelTools, openToolSet, type ToolSet } from "./tool-set.ts";
import { turnText } from "./turn-text.ts";

/**
 * Lets a model act in a run until it is done, may not go on, or has used up its steps; the answer is the last thing it said.
 *
 * @throws what the model or the placement failed with, and the signal's reason
 */
export async function runLoop(run: AgentRun, loop: ResolvedLoop): Promise<void> {
  const tools = await openToolSet(run, { tools: loop.tools, providers: loop.toolProviders });
  const messages = promptConversation(run.prompt, loop.systemPrompt);
  const conversation = { run, loop, messages, tools };
  let reason: StopReason = "max_steps";
  for (let step = 1; step <= loop.maxSteps; step++) {
    const { turn, forbidden } = await takeTurn(conversation);
    const stop = forbidden ?? (await respond(conversation, turn));
    reason = stop ?? (turn.toolCalls.length > 0 ? "max_steps" : endOf(turn)); // told to go on, without a step left: it had ended
    if (stop !== undefined) break;
  }
  run.trace.stopReason = reason;
}

interface Conversation {
  readonly run: AgentRun;
  readonly loop: ResolvedLoop;
  readonly messages: ModelMessage[];
  readonly tools: ToolSet;
}

/** Asks for the next turn and keeps it; `forbidden` is set when the run may not go on after it. */
async function takeTurn({ run, loop, messages, tools }: Conversation) {
  run.signal.throwIfAborted();
  const startedAt = new Date();
  const request = { ...loop.request, messages, tools: modelTools(tools) };
  const turn = await raceAbort(loop.model.generate(request, { signal: run.signal }), run.signal);
  const forbidden = stopCondition(turn, loop.stopOn);
  recordTurn(run, { turn, model: loop.model.id, stopReason: forbidden ?? null, startedAt });
  run.answer(turnText(turn)); // at once: a run that is out of time is graded on what was said last
  messages.push({
    role: "assistant",
    content: turn.content,
    toolCalls: turn.toolCalls,
    reasoning: turn.reasoning,
    raw: turn.raw,
  });
  return { turn, forbidden };
}

/** Answers a turn: its calls with results, its end with the question whether it is one. Gives the reason to stop, if any. */
async function respond(conversation: Conversation, turn: ModelTurn): Promise<StopReason | undefined> {
  if (turn.toolCalls.length === 0) return (await mayGoOn(conversation, turn)) ? undefined : endOf(turn);
  const { run, loop, messages, tools } = conversation;
  const results = await callTools(turn.toolCalls, {
    tools,
    timeoutMs: loop.toolTimeoutMs,
    maxOutputChars: loop.maxToolOutputChars,
    signal: run.signal,
    onResult: (call, result, startedAt) => recordResult(run, { call, result, startedAt }),
  });
  for (const [at, { id, name }] of turn.toolCalls.entries()) {
    const result = results[at];
    if (result !== undefined) messages.push({ role: "tool", callId: id, name, result });
  }
  return undefined;
}

/** Whether a model that stopped only waited for leave; if so, it is given. */
async function mayGoOn({ run, loop, messages }: Conversation, turn: ModelTurn): Promise<boolean> {
  const said = turnText(turn) ?? "";
  if (!loop.autoRespond || said === "" || turn.finishReason === "refusal") return false;
  const verdict = await askWhetherDone(loop.model, said, run.signal);
  recordVerdict(run, verdict);
  if (!verdict.goOn) return false;
  messages.push(userMessage(CONTINUE));
  recordUserText(run, CONTINUE);
  return true;
}

function stopCondition(turn: ModelTurn, stopOn: ReadonlySet<StopCondition>): StopCondition | undefined {
  if (stopOn.has("length") && turn.finishReason === "length") return "length";
  const isMalformed = turn.toolCalls.some((call) => typeof call.arguments === "string");
  return stopOn.has("malformed_tool_call") && isMalformed ? "malformed_tool_call" : undefined;
}

function endOf(turn: ModelTurn): StopReason {
  return turn.finishReason === "length" ? "length" : "done";
}
