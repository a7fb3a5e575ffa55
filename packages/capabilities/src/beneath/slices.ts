import { setImmediate } from "node:timers/promises";

const SLICE_MS = 8;

/** Work in small synchronous steps. */
export type Steps = Generator<undefined, void>;

/**
 * Runs small synchronous steps, giving the event loop a turn after every few milliseconds: thousands of small system
 * calls are several times faster made directly than through the thread pool.
 */
export async function inSlices(steps: Steps, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  let sliceEnd = performance.now() + SLICE_MS;
  for (const _step of steps) {
    if (performance.now() < sliceEnd) continue;
    await setImmediate();
    signal?.throwIfAborted();
    sliceEnd = performance.now() + SLICE_MS;
  }
}
