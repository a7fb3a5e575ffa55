import type { Solution } from "@hud-ts/core";
import { isoMicros, SdkError } from "@hud-ts/core/adapter";
import type { AgentV1, TaskRow } from "@hud-ts/core/spec";
import { giveAnswer } from "./answer-step.ts";

/** Where an {@link oracle} finds what to do. */
export interface OracleOptions {
  /** The reference solution for a row, or undefined where there is none; `LoadedSource.solutionFor` is one. */
  readonly solutionFor: (row: TaskRow) => Solution | undefined;
}

/**
 * Runs the author's own solution through the same capabilities as any agent: the proof that a task can be solved.
 * The solution gets the row's arguments as its template parses them, and its value is the answer.
 *
 * Its run throws SOLUTION_UNAVAILABLE for a row without a solution.
 */
export function oracle(options: OracleOptions): AgentV1 {
  return {
    specVersion: "agent/1",
    name: "oracle",
    async run(run) {
      const solution = options.solutionFor(run.task);
      if (solution === undefined) throw unavailable(run.task);
      const startedAt = isoMicros(Date.now());
      giveAnswer(run, { answer: await solution(run.task.args, run), startedAt });
    },
  };
}

function unavailable(row: TaskRow): SdkError<"SOLUTION_UNAVAILABLE"> {
  return new SdkError({
    code: "SOLUTION_UNAVAILABLE",
    message: `expected a solution for ${row.slug}: template ${row.id} of environment ${row.env} has none`,
    hint: "Declare `solution` in the template's options, and evaluate the source that declares it.",
  });
}
