import { onAbort, withResolvers } from "@hud-ts/core/adapter";

/** Resolves when the signal fires. */
export async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = withResolvers<void>();
  // An aborted signal is all that would keep a command alive that only waits: hold the process by a timer meanwhile.
  const alive = setInterval(() => {}, 2 ** 30);
  using _listener = onAbort(signal, resolve);
  await promise;
  clearInterval(alive);
}
