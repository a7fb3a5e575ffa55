import { SdkError } from "@hud-ts/core/adapter";

/** One thing to look for in an answer; a bare string has the weight 1. */
export type Criterion =
  | string
  | {
      /** What a good answer does, or with a negative weight what a bad one does: one sentence, always about presence. */
      readonly requirement: string;
      /** Share of the value; negative makes meeting it a penalty. @default 1 */
      readonly weight?: number;
    };

/** A criterion with its default. */
export interface ResolvedCriterion {
  readonly requirement: string;
  readonly weight: number;
}

/** @throws INVALID_OPTION when there is none, one has no text, or a weight is not finite */
export function resolveCriteria(criteria: readonly Criterion[]): readonly ResolvedCriterion[] {
  if (criteria.length === 0) throw invalidOption("criteria must not be empty");
  return criteria.map((criterion, index) => {
    const { requirement, weight = 1 } = typeof criterion === "string" ? { requirement: criterion } : criterion;
    if (typeof requirement !== "string" || requirement.trim() === "") {
      throw invalidOption(`criterion ${index + 1} must have a text, got ${JSON.stringify(requirement)}`);
    }
    if (!Number.isFinite(weight)) throw invalidOption(`weight of criterion ${index + 1} must be finite, got ${weight}`);
    return { requirement, weight };
  });
}

/** The error of an option that llmJudge cannot use. */
export function invalidOption(problem: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message: `llmJudge: ${problem}` });
}
