import { isoMicros, SdkError } from "@hud-ts/core/adapter";
import type { AgentRun, AgentV1, Json, TaskRow } from "@hud-ts/core/spec";
import { giveAnswer } from "./answer-step.ts";
import { runCommands } from "./run-commands.ts";

/**
 * Prepared answers: one text for every run, answers by slug, answers for the first, second, … run of a slug,
 * or a function of the run. A typed answer for every run is a function: `() => ({ count: 3 })`.
 */
export type ScriptedAnswers =
  | string
  | readonly Json[]
  | Readonly<Record<string, Json>>
  | ((run: AgentRun) => Json | Promise<Json>);

/** Prepared commands for the environment's shell, and the answer after them. */
export interface ScriptedCommands {
  /** Run one after the other, whatever their exit codes; each is a step. */
  readonly commands: readonly string[];
  /** @default "" */
  readonly answer?: ScriptedAnswers | undefined;
}

/**
 * Gives prepared answers, for tests of tasks and tools. A list makes it count the runs of each slug, retries included;
 * it starts again at the list's end. With `commands` it acts first, in the first shell capability, as a model would with
 * its `bash` tool.
 *
 * Its run throws AGENT_FAILED for a slug without an answer, UNKNOWN_CAPABILITY for commands in an environment without a shell.
 *
 * @throws INVALID_OPTION for an empty list
 * @example
 * const agent = scripted({ commands: ["npm install left-pad", "npm test"], answer: "done" });
 */
export function scripted(script: ScriptedAnswers | ScriptedCommands): AgentV1 {
  const { commands, answer = "" } = isCommands(script) ? script : { commands: [], answer: script };
  const answerFor = chooser(answer);
  return {
    specVersion: "agent/1",
    name: "scripted",
    async run(run) {
      await runCommands(run, commands);
      const startedAt = isoMicros(Date.now());
      giveAnswer(run, { answer: await answerFor(run), startedAt });
    },
  };
}

/** Commands and an answer are no answers by slug: slugs end in a hash, or are the author's own, of which these two words are taken. */
function isCommands(script: ScriptedAnswers | ScriptedCommands): script is ScriptedCommands {
  if (typeof script !== "object" || isList(script) || !Array.isArray(script["commands"])) return false;
  return Object.keys(script).every((key) => key === "commands" || key === "answer");
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

function isList(answers: object): answers is readonly Json[] {
  return Array.isArray(answers);
}
