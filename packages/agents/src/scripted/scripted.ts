import { isoMicros, SdkError } from "@hud-ts/core/adapter";
import type { AgentRun, AgentV1, Json, TaskRow } from "@hud-ts/core/spec";
import { giveAnswer } from "./answer-step.ts";

/**
 * Prepared answers: one text for every run, answers by slug, answers for the first, second, … run of a slug,
 * or a function of the run. A typed answer for every run is a function: `() => ({ count: 3 })`.
 */
export type ScriptedAnswers =
  | string
  | readonly Json[]
  | Readonly<Record<string, Json>>
  | ((run: AgentRun) => Json | Promise<Json>);

/**
 * Gives prepared answers, for tests of tasks and tools. A list makes it count the runs of each slug, retries included;
 * it starts again at the list's end.
 *
 * Its run throws AGENT_FAILED for a slug without an answer.
 *
 * @throws INVALID_OPTION for an empty list
 */
export function scripted(answers: ScriptedAnswers): AgentV1 {
  const answerFor = chooser(answers);
  return {
    specVersion: "agent/1",
    name: "scripted",
    async run(run) {
      const startedAt = isoMicros(Date.now());
      giveAnswer(run, { answer: await answerFor(run), startedAt });
    },
  };
}

function chooser(answers: ScriptedAnswers): (run: AgentRun) => Json | Promise<Json> {
  if (typeof answers === "function") return answers;
  if (typeof answers === "string") return () => answers;
  if (isList(answers)) return inTurn(answers);
  return ({ task }) => bySlug(answers, task);
}

function inTurn(answers: readonly Json[]): (run: AgentRun) => Json {
  if (answers.length === 0)
    throw new SdkError({ code: "INVALID_OPTION", message: "scripted: expected at least one answer" });
  const counts = new Map<string, number>();
  return ({ task }) => {
    const count = counts.get(task.slug) ?? 0;
    counts.set(task.slug, count + 1);
    return answers[count % answers.length] ?? null;
  };
}

function bySlug(answers: Readonly<Record<string, Json>>, task: TaskRow): Json {
  const answer = Object.hasOwn(answers, task.slug) ? answers[task.slug] : undefined;
  if (answer !== undefined) return answer;
  throw new SdkError({
    code: "AGENT_FAILED",
    message: `scripted: expected an answer for ${task.slug}, got answers for ${Object.keys(answers).join(", ") || "nothing"}`,
  });
}

function isList(answers: ScriptedAnswers): answers is readonly Json[] {
  return Array.isArray(answers);
}
