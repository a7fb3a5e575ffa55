import { type Clock, systemClock } from "../util/clock.ts";
import { isoMicros } from "../util/iso-micros.ts";

/** Time within one rollout: wall-clock stamps that never run backwards, because only the monotonic clock moves them. */
export class Timeline {
  readonly clock: Clock;
  readonly #wall: number;
  readonly #start: number;

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
    this.#wall = clock.now();
    this.#start = clock.monotonic();
  }

  /** Monotonic milliseconds since the start. */
  elapsedMs(): number {
    return this.clock.monotonic() - this.#start;
  }

  /** Now, ISO-8601 UTC with microseconds. */
  stamp(): string {
    return isoMicros(this.#wall + this.elapsedMs());
  }
}
