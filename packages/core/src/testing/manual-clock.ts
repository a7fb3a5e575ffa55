import { setImmediate } from "node:timers/promises";
import type { Clock } from "../util/clock.ts";

/** A clock that moves when it is told to. */
export interface ManualClock extends Clock {
  /** Timers that wait. */
  readonly pending: number;
  /** Moves time by `ms`, firing each timer at its own time, and lets what it set off run before the next. */
  advance(ms: number): Promise<void>;
}

/** Makes a manual clock. @param start milliseconds since the epoch; @default 2026-01-01T00:00:00Z */
export function manualClock(start: number = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const earliest = () =>
    [...timers].reduce<{ at: number; callback: () => void } | undefined>(
      (first, timer) => (first === undefined || timer.at < first.at ? timer : first),
      undefined,
    );
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    timer(ms, callback) {
      const timer = { at: elapsed + ms, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    get pending() {
      return timers.size;
    },
    async advance(ms) {
      const until = elapsed + ms;
      for (let timer = earliest(); timer !== undefined && timer.at <= until; timer = earliest()) {
        elapsed = timer.at;
        timers.delete(timer);
        timer.callback();
        await setImmediate();
      }
      elapsed = until;
      await setImmediate();
    },
  };
}
