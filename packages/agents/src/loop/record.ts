import type { AgentRun, ModelTurn, ToolCall, ToolResult } from "@hud-ts/core/spec";
import type { Verdict } from "./auto-respond.ts";
import type { StopCondition } from "./loop-options.ts";
import { turnText } from "./turn-text.ts";

export function recordTurn(
  run: AgentRun,
  o: { turn: ModelTurn; model: string; stopReason: StopCondition | null; startedAt: string },
): void {
  const { turn } = o;
  run.record({
    source: "agent",
    startedAt: o.startedAt,
    content: turnText(turn),
    reasoning: turn.reasoning,
    toolCalls: turn.toolCalls,
    done: turn.toolCalls.length === 0,
    finishReason: turn.rawFinishReason ?? turn.finishReason,
    stopReason: o.stopReason,
    refusal: turn.refusal,
    citations: [],
    raw: turn.raw,
    model: o.model,
    usage: turn.usage,
    sample: turn.sample ?? null,
  });
}

export function recordResult(run: AgentRun, o: { call: ToolCall; result: ToolResult; startedAt: string }): void {
  run.record({ source: "tool", startedAt: o.startedAt, call: o.call, result: o.result });
}

export function recordUserText(run: AgentRun, text: string): void {
  run.record({ source: "user", messages: [{ role: "user", content: { type: "text", text } }] });
}

export function recordRemark(run: AgentRun, text: string): void {
  run.record({ source: "system", messages: [{ role: "system", content: { type: "text", text } }] });
}

/** The questions about being done are no turns of the agent, but they cost tokens too. */
export function recordVerdict(run: AgentRun, { goOn, usage }: Verdict): void {
  const { autoRespond: before = [] } = run.trace.extra;
  const verdict = { verdict: goOn ? "continue" : "stop", usage: usage === null ? null : { ...usage } };
  run.trace.extra = { ...run.trace.extra, autoRespond: [...(Array.isArray(before) ? before : []), verdict] };
}
