/** What a {@link Scheduler} plans with. A slot is one rollout to be had: a row and a repeat, known here by its index. */
export interface SchedulerOptions {
  /** Per slot, in order: the lane (placement) it runs in. */
  readonly lanes: readonly number[];
  /** Per lane: most rollouts at once; Infinity for no limit of its own. */
  readonly laneLimits: readonly number[];
  /** Most rollouts at once over all lanes. */
  readonly maxConcurrent: number;
  /** Fresh attempts that a slot may have after failures worth retrying. */
  readonly retries: number;
  /** Milliseconds before the attempt after failure number `failures` (1-based) of a slot. */
  readonly retryDelayMs: (failures: number) => number;
  /** Stop placing once this many slots in a row ended in an infrastructure failure. */
  readonly breakAfter: number;
  /** Slots that have their result already. */
  readonly done?: ReadonlySet<number> | undefined;
}

/** How a rollout ended, as far as scheduling goes: `lost` may be tried afresh, `failed` was infrastructure too but may not. */
export type Verdict = "final" | "failed" | "lost";

interface Lane {
  readonly limit: number;
  readonly queue: readonly number[];
  next: number;
  running: number;
  /** Slots waiting for another attempt. */
  readonly retries: { readonly slot: number; readonly at: number }[];
}

/**
 * Decides which slot runs when. It does nothing itself and has no clock: the caller says what happened and what time it is,
 * so that every schedule can be replayed.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #lanes: readonly Lane[];
  readonly #failures = new Map<number, number>();
  #running = 0;
  #failedInRow = 0;
  #stopped: "cancelled" | "breaker" | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const queues: number[][] = options.laneLimits.map(() => []);
    for (const [slot, lane] of options.lanes.entries()) if (!options.done?.has(slot)) queues[lane]?.push(slot);
    this.#lanes = options.laneLimits.map((limit, lane) => ({
      limit,
      queue: queues[lane] ?? [],
      next: 0,
      running: 0,
      retries: [],
    }));
  }

  /** Why nothing is placed any more. */
  get stopped(): "cancelled" | "breaker" | undefined {
    return this.#stopped;
  }

  /** Whether nothing runs and nothing is left to place. */
  get finished(): boolean {
    return this.#running === 0 && (this.#stopped !== undefined || !this.#lanes.some(hasWork));
  }

  /** When the next waiting slot may be tried again; undefined when none waits. */
  get wakeAt(): number | undefined {
    if (this.#stopped !== undefined) return undefined;
    const times = this.#lanes.flatMap((lane) => lane.retries.map((retry) => retry.at));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The slots to start now, each exactly once: due retries first, then in order. */
  take(now: number): readonly number[] {
    const placed: number[] = [];
    while (this.#stopped === undefined && this.#running < this.#options.maxConcurrent) {
      const slot = this.#takeOne(now);
      if (slot === undefined) break;
      placed.push(slot);
    }
    return placed;
  }

  /** Says how a slot's rollout ended. Gives the delay in milliseconds when the slot will be tried again. */
  settle(slot: number, verdict: Verdict, now: number): number | undefined {
    const lane = this.#laneOf(slot);
    lane.running--;
    this.#running--;
    if (verdict === "final") {
      this.#failedInRow = 0;
      return undefined;
    }
    const failures = (this.#failures.get(slot) ?? 0) + 1;
    this.#failures.set(slot, failures);
    if (verdict === "lost" && failures <= this.#options.retries && this.#stopped === undefined) {
      const delayMs = this.#options.retryDelayMs(failures);
      lane.retries.push({ slot, at: now + delayMs });
      return delayMs;
    }
    this.#failedInRow++;
    if (this.#failedInRow >= this.#options.breakAfter) this.#stopped ??= "breaker";
    return undefined;
  }

  /** Places nothing any more; what runs is still to be settled. */
  cancel(): void {
    this.#stopped ??= "cancelled";
  }

  #takeOne(now: number): number | undefined {
    const free = this.#lanes.filter((lane) => lane.running < lane.limit);
    const slot = takeDueRetry(free, now) ?? takeFirstQueued(free);
    if (slot === undefined) return undefined;
    this.#laneOf(slot).running++;
    this.#running++;
    return slot;
  }

  #laneOf(slot: number): Lane {
    const lane = this.#lanes[this.#options.lanes[slot] ?? -1];
    if (lane === undefined) throw new RangeError(`slot ${slot} has no lane`);
    return lane;
  }
}

function hasWork(lane: Lane): boolean {
  return lane.next < lane.queue.length || lane.retries.length > 0;
}

function takeDueRetry(lanes: readonly Lane[], now: number): number | undefined {
  for (const lane of lanes) {
    const due = lane.retries.findIndex((retry) => retry.at <= now);
    if (due !== -1) return lane.retries.splice(due, 1)[0]?.slot;
  }
  return undefined;
}

function takeFirstQueued(lanes: readonly Lane[]): number | undefined {
  let first: Lane | undefined;
  for (const lane of lanes) {
    const head = lane.queue[lane.next];
    const best = first?.queue[first.next];
    if (head !== undefined && (best === undefined || head < best)) first = lane;
  }
  return first?.queue[first.next++];
}
