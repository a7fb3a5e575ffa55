import { raceAbort } from "./abort.ts";

/**
 * Acquires a resource under a signal. When the signal fires first the call rejects with its reason at once,
 * and the resource that appears later is disposed: nothing that arrives late is leaked.
 *
 * @param start begins the acquisition; receives the same signal
 */
export async function acquire<T extends AsyncDisposable>(
  start: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const pending = start(signal);
  try {
    return await raceAbort(pending, signal);
  } catch (error) {
    // Nobody is left to hear of a late one that cannot be disposed; the acquisition's own failure is told here.
    pending.then((late) => late[Symbol.asyncDispose]()).catch(() => {});
    throw error;
  }
}
