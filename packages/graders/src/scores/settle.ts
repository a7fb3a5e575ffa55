import { raceAbort } from "@hud-ts/core/adapter";
import type { LazySubScore, SubScore } from "@hud-ts/core/spec";
import { type GradeItem, isLazy, isPromise, leavesOf } from "./grade-item.ts";
import { checkedSubScore } from "./sub-score.ts";

/**
 * Computes all items, in the order that their phases ask for: what needs no order at once, `live` work beside what the agent
 * left running, one freeze per target, then `snapshot` work. The first failure stops the rest, is waited out, and is thrown.
 */
export async function settle(items: readonly GradeItem[]): Promise<readonly SubScore[]> {
  const leaves = leavesOf(items);
  const inPhase = (phase: LazySubScore["phase"]) => leaves.filter((leaf) => leaf.phase === phase);
  const work = new Work();
  try {
    for (const item of items) if (isPromise(item) && !isLazy(item)) work.watch(item);
    void work.start(inPhase("any")); // awaited with the items below
    await work.all(work.start(inPhase("live")));
    await work.all(work.freeze(inPhase("snapshot")));
    await work.all(work.start(inPhase("snapshot")));
    const settled = await work.all(items.map((item) => (isLazy(item) ? item.run(work.options) : item)));
    return settled.map((given, index) => checkedSubScore(given, `item ${index + 1} of ${items.length}`));
  } catch (error) {
    throw await work.stop(error);
  }
}

/** What is under way, and the first failure of it, whose signal ends the rest. */
class Work {
  readonly #failure = new AbortController();
  readonly #running: PromiseLike<void>[] = [];
  /** What each piece of work is started with. */
  readonly options: { readonly signal: AbortSignal } = { signal: this.#failure.signal };

  start(leaves: readonly LazySubScore[]): readonly Promise<SubScore>[] {
    return leaves.map((leaf) => this.#track(leaf.run(this.options)));
  }

  freeze(leaves: readonly LazySubScore[]): readonly Promise<void>[] {
    const freezers = new Set(leaves.flatMap((leaf) => leaf.freeze ?? []));
    return [...freezers].map((freeze) => this.#track(freeze(this.options)));
  }

  /** Makes the failure of a promise that was handed in ours. */
  watch(promise: PromiseLike<unknown>): PromiseLike<void> {
    return promise.then(
      () => {},
      (error: unknown) => this.#failure.abort(error),
    );
  }

  all<T>(promises: readonly (T | PromiseLike<T>)[]): Promise<readonly T[]> {
    return raceAbort(Promise.all(promises), this.options.signal);
  }

  /** Ends what is under way and gives the first failure. What was handed in running cannot be ended, nor is it waited for. */
  async stop(error: unknown): Promise<unknown> {
    this.#failure.abort(error);
    await Promise.all(this.#running);
    return this.options.signal.reason;
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#running.push(this.watch(promise));
    return promise;
  }
}
