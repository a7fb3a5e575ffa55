import type { LazySubScore, SubScore } from "@hud-ts/core/spec";

/** What a grade is combined from: subscores, promises of them, and lazy ones that `combine` orders. */
export type GradeItem = SubScore | PromiseLike<SubScore> | LazySubScore;

/** Whether the item is computed on demand. */
export function isLazy(item: unknown): item is LazySubScore {
  return isPromise(item) && "phase" in item && "run" in item && typeof item.run === "function";
}

/** Whether the item is awaited: lazy ones are promises too. */
export function isPromise(item: unknown): item is PromiseLike<SubScore> {
  return typeof item === "object" && item !== null && "then" in item && typeof item.then === "function";
}

/** The lazy subscores that do work of their own: an item's parts in place of the item. */
export function leavesOf(items: readonly GradeItem[]): readonly LazySubScore[] {
  const leaves = items.filter(isLazy).flatMap((item) => (item.parts === undefined ? [item] : leavesOf(item.parts)));
  return [...new Set(leaves)];
}
