import type { LazySubScore, SubScore } from "@hud-ts/core/spec";
import { type GradeItem, isLazy, isPromise, leavesOf } from "./grade-item.ts";
import { lazySubScore } from "./lazy-sub-score.ts";
import { checkedSubScore, checkWeight, invalid, subScore } from "./sub-score.ts";
import { withUniqueNames } from "./unique-names.ts";

/** What {@link combineAny} and {@link combineAll} may say of the whole. */
export interface CombineOptions {
  /** Share of the whole that the group is part of; negative makes it a penalty. @default 1 */
  readonly weight?: number;
}

/**
 * One subscore that is as good as its best part. The parts are its children; their weights do not count.
 * Computed when `combine` or an `await` asks for it.
 *
 * @throws GRADE_INVALID when there are no items or the weight is not finite
 */
export function combineAny(name: string, items: readonly GradeItem[], options: CombineOptions = {}): LazySubScore {
  return group({ grader: "combineAny@1", pick: Math.max, name, items, weight: options.weight ?? 1 });
}

/**
 * One subscore that is as good as its worst part. The parts are its children; their weights do not count.
 * Computed when `combine` or an `await` asks for it.
 *
 * @throws GRADE_INVALID when there are no items or the weight is not finite
 */
export function combineAll(name: string, items: readonly GradeItem[], options: CombineOptions = {}): LazySubScore {
  return group({ grader: "combineAll@1", pick: Math.min, name, items, weight: options.weight ?? 1 });
}

interface Group {
  readonly grader: string;
  readonly pick: (...values: number[]) => number;
  readonly name: string;
  readonly items: readonly GradeItem[];
  readonly weight: number;
}

function group({ grader, pick, name, items, weight }: Group): LazySubScore {
  if (items.length === 0) throw invalid(`${grader.replace("@1", "")} "${name}" needs at least one subscore, got none`);
  checkWeight(name, weight);
  // What fails before the group is asked for is reported when it is; without a listener it would end the process.
  for (const item of items) if (isPromise(item) && !isLazy(item)) item.then(undefined, () => {});
  return lazySubScore({
    phase: "any",
    parts: leavesOf(items),
    async run(options) {
      const settled = await Promise.all(items.map(async (item) => (isLazy(item) ? item.run(options) : item)));
      const checked = settled.map((given, index): SubScore => checkedSubScore(given, `part ${index + 1} of "${name}"`));
      const children = withUniqueNames(checked);
      return subScore({
        name,
        weight,
        value: pick(...children.map((child) => child.value)),
        children,
        info: { grader },
      });
    },
  });
}
