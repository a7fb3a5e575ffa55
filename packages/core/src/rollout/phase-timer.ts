import type { Phase, PhaseTimings } from "../spec/run-result.ts";
import type { Timeline } from "./timeline.ts";

/** Knows the phase a rollout is in, how long each took, and the one in which it first failed. */
export class PhaseTimer {
  readonly #timeline: Timeline;
  readonly #listener: ((phase: Phase) => void) | undefined;
  readonly #timings: Partial<Record<Phase, number>> = {};
  #current: Phase | undefined;
  #since = 0;
  #failed: Phase | undefined;

  constructor(timeline: Timeline, listener?: (phase: Phase) => void) {
    this.#timeline = timeline;
    this.#listener = listener;
  }

  get current(): Phase | undefined {
    return this.#current;
  }

  /** The phase whose work threw first. */
  get failed(): Phase | undefined {
    return this.#failed;
  }

  enter(phase: Phase | undefined): void {
    const now = this.#timeline.elapsedMs();
    if (phase !== undefined && phase !== this.#current) this.#listener?.(phase);
    if (this.#current !== undefined) {
      this.#timings[this.#current] = (this.#timings[this.#current] ?? 0) + now - this.#since;
    }
    this.#current = phase;
    this.#since = now;
  }

  async run<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    this.enter(phase);
    try {
      return await work();
    } catch (error) {
      this.#failed ??= phase;
      throw error;
    }
  }

  /** Enters `phase` when the block ends, so that what the block's resources take to close is counted there. */
  leaving(phase: Phase): Disposable {
    return { [Symbol.dispose]: () => this.enter(phase) };
  }

  /** Milliseconds per phase up to now. */
  timings(): PhaseTimings {
    this.enter(this.#current);
    return { ...this.#timings };
  }
}
