import type { JsonObject, SubScore } from "@hud-ts/core/spec";
import { subScore } from "./sub-score.ts";

/** What a {@link score} may say beside its name and value. */
export interface ScoreOptions {
  /** Share of the whole; negative makes it a penalty, 0 shows it without counting it. @default 1 */
  readonly weight?: number;
  /** Facts about the judgement, kept in the trace; `grader` is set by us. */
  readonly info?: JsonObject;
}

/**
 * A value with a name and a weight: one part of a grade.
 *
 * @param value in [0, 1]; true is 1, false is 0
 * @throws GRADE_INVALID when the value is outside [0, 1] or not finite, or the weight is not finite
 *
 * @example
 * ```ts
 * import { exactMatch, score } from "@hud-ts/graders";
 *
 * const said = score("says done", exactMatch("Done.", "done"), { weight: 0.2 });
 * ```
 */
export function score(name: string, value: number | boolean, options: ScoreOptions = {}): SubScore {
  return subScore({ name, value, weight: options.weight, info: { ...options.info, grader: "score@1" } });
}
