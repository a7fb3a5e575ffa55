import { onAbort, withResolvers } from "./abort.ts";

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
  const { promise: aborted, reject } = withResolvers<never>();
  let late = false;
  using _listener = onAbort(signal, () => {
    late = true;
    reject(signal.reason);
  });
  const disposeLate = async () => {
    const resource = await pending;
    if (late) await resource[Symbol.asyncDispose]();
  };
  disposeLate().catch(() => {}); // the acquisition's own failure is reported below; a late one has no one left to hear it
  return await Promise.race([pending, aborted]);
}
