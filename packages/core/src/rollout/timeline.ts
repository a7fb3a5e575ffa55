import { type Clock, systemClock } from "../util/clock.ts";

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

/** ISO-8601 UTC with microseconds and `Z`, the reference's form; `Date` alone stops at milliseconds. */
export function isoMicros(epochMs: number): string {
  const micros = Math.floor(epochMs * 1000);
  const ms = Math.floor(micros / 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros - ms * 1000).padStart(3, "0")}Z`;
}
