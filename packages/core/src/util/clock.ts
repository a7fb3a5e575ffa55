/** Where time comes from, so that a test can hold it in its hand. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Monotonic milliseconds; only differences mean anything. A wall clock that jumps does not move it. */
  monotonic(): number;
  /** Calls `callback` after `ms`; disposing cancels. */
  timer(ms: number, callback: () => void): Disposable;
}

// setTimeout's range; a longer delay would fire at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms, callback) {
    const handle = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
    return { [Symbol.dispose]: () => clearTimeout(handle) };
  },
};

/** Waits `ms`, or rejects with the signal's reason when it fires first. */
export async function delay(ms: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onFire = () => {
      timer[Symbol.dispose]();
      reject(signal?.reason);
    };
    const timer = clock.timer(ms, () => {
      signal?.removeEventListener("abort", onFire);
      resolve();
    });
    signal?.addEventListener("abort", onFire, { once: true });
  });
}
