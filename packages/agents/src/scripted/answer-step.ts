import type { AgentRun, Json } from "@hud-ts/core/spec";

/** Gives the answer, and records it as the one turn of an agent that asked no model. */
export function giveAnswer(run: AgentRun, o: { answer: Json; startedAt: string }): void {
  run.answer(o.answer);
  run.record({
    source: "agent",
    startedAt: o.startedAt,
    content: typeof o.answer === "string" ? o.answer : JSON.stringify(o.answer),
  });
}
