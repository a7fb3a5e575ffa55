import type { EvaluationResult, SubScore } from "@hud-ts/core/spec";
import type { GradeItem } from "./grade-item.ts";
import { settle } from "./settle.ts";
import { invalid } from "./sub-score.ts";
import { withUniqueNames } from "./unique-names.ts";

/**
 * The grade of several subscores: the mean by positive weights, less the penalties, clamped to [0, 1].
 * Positive weights are shares and need not sum to 1; a negative weight takes `value * |weight|` off the whole.
 * Work runs in order: `live` graders, then one freeze of each sandbox, then `snapshot` graders; the first failure fails the grade
 * and ends the rest. `info.unclampedReward` keeps the sum before clamping. Names that occur twice are numbered.
 *
 * @throws GRADE_INVALID when there is no item, none has a positive weight, or one is no subscore
 *
 * @example
 * ```ts
 * import { combine, contains, exactMatch, score } from "@hud-ts/graders";
 *
 * const answer = "Paris";
 * const grade = await combine(
 *   score("right", exactMatch(answer, "Paris"), { weight: 3 }),
 *   score("names the country", contains(answer, "France")),
 *   score("apologises", contains(answer, "sorry"), { weight: -0.5 }),
 * );
 * grade.reward; // 0.75
 * ```
 */
export async function combine(...items: readonly GradeItem[]): Promise<EvaluationResult> {
  if (items.length === 0) throw invalid("combine needs at least one subscore, got none");
  const subscores = await settle(items);
  const total = positiveWeight(subscores);
  const unclampedReward = sumOf(subscores, total);
  return {
    reward: Math.min(1, Math.max(0, unclampedReward)),
    done: true,
    content: null,
    info: { grader: "combine@1", unclampedReward },
    isError: false,
    subscores: withUniqueNames(subscores.map((subscore) => asShare(subscore, total))),
  };
}

function positiveWeight(subscores: readonly SubScore[]): number {
  const total = subscores.reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  if (total > 0 && Number.isFinite(total)) return total;
  throw invalid(
    `combine needs positive weights with a finite sum, got ${total}`,
    "Give at least one subscore a weight above 0.",
  );
}

// Divided once, at the end: ten full marks of weight 0.1 are then exactly 1, which "passed" is measured by.
function sumOf(subscores: readonly SubScore[], total: number): number {
  let earned = 0;
  let penalty = 0;
  for (const { value, weight } of subscores) {
    if (weight > 0) earned += value * weight;
    else penalty += value * weight;
  }
  const sum = earned / total + penalty;
  if (!Number.isFinite(sum)) throw invalid(`combine: the penalties sum to ${penalty}, which is no finite number`);
  return sum;
}

function asShare(subscore: SubScore, total: number): SubScore {
  return subscore.weight > 0 ? { ...subscore, weight: subscore.weight / total } : subscore;
}
