import { isoMicros, raceAbort, SdkError } from "@hud-ts/core/adapter";
import type { AgentRun, ModelMessage, ModelTurn, StopReason } from "@hud-ts/core/spec";
import { askWhetherDone, CONTINUE } from "./auto-respond.ts";
import { callTools } from "./call-tools.ts";
import type { ResolvedLoop, StopCondition } from "./loop-options.ts";
import { promptConversation, userMessage } from "./prompt.ts";
import { recordRemark, recordResult, recordTurn, recordUserText, recordVerdict } from "./record.ts";
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
  const conversation = { run, loop, tools, messages, promptLength: messages.length };
  let step: StepOutcome = { ended: false, reason: "max_steps" };
  for (let count = 0; count < loop.maxSteps && !step.ended; count++) step = await takeStep(conversation);
  run.trace.stopReason = step.reason;
}

interface Conversation {
  readonly run: AgentRun;
  readonly loop: ResolvedLoop;
  readonly tools: ToolSet;
  readonly messages: ModelMessage[];
  /** How many of the messages were there before the model spoke. */
  readonly promptLength: number;
}

interface StepOutcome {
  readonly ended: boolean;
  /** Why the run stopped, if it stops here. */
  readonly reason: StopReason;
}

/** One turn of the model, and what follows from it. */
async function takeStep(conversation: Conversation): Promise<StepOutcome> {
  const startedAt = isoMicros(Date.now());
  const turn = await nextTurn(conversation);
  if (turn === undefined) return { ended: true, reason: "length" };
  const forbidden = stopCondition(turn, conversation.loop.stopOn);
  keepTurn(conversation, { turn, forbidden, startedAt });
  if (forbidden !== undefined) return { ended: true, reason: forbidden };
  if (turn.toolCalls.length === 0) return { ended: !(await mayGoOn(conversation, turn)), reason: endOf(turn) };
  await carryOut(conversation, turn);
  return { ended: false, reason: "max_steps" };
}

/** Asks the model; undefined when what it did made the conversation longer than it can read: an end of its own making. */
async function nextTurn(conversation: Conversation): Promise<ModelTurn | undefined> {
  const { run, loop, tools, messages, promptLength } = conversation;
  run.signal.throwIfAborted();
  const request = { ...loop.request, messages: [...messages], tools: modelTools(tools) };
  try {
    return await raceAbort(loop.model.generate(request, { signal: run.signal }), run.signal);
  } catch (error) {
    if (!isContextFull(error) || messages.length === promptLength) throw error;
    recordRemark(run, error.message);
    return undefined;
  }
}

function keepTurn(
  { run, loop, messages }: Conversation,
  o: { turn: ModelTurn; forbidden: StopCondition | undefined; startedAt: string },
): void {
  const { content, toolCalls, reasoning, raw } = o.turn;
  recordTurn(run, { turn: o.turn, model: loop.model.id, stopReason: o.forbidden ?? null, startedAt: o.startedAt });
  run.answer(turnText(o.turn)); // at once: a run that is out of time is graded on what was said last
  messages.push({ role: "assistant", content, toolCalls, reasoning, raw });
}

/** Carries out the calls of a turn and shows the model their results. */
async function carryOut({ run, loop, tools, messages }: Conversation, { toolCalls }: ModelTurn): Promise<void> {
  const results = await callTools(toolCalls, {
    tools,
    timeoutMs: loop.toolTimeoutMs,
    maxOutputChars: loop.maxToolOutputChars,
    signal: run.signal,
    onResult: (call, result, startedAt) => recordResult(run, { call, result, startedAt }),
  });
  for (const { call, result } of results) messages.push({ role: "tool", callId: call.id, name: call.name, result });
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

function isContextFull(error: unknown): error is SdkError {
  return SdkError.is(error, "MODEL_REQUEST_INVALID") && error.details["reason"] === "context-length";
}
