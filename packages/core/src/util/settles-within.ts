import type { Clock } from "./clock.ts";

/** Whether `promise` settles within `ms`: true when it resolved, false when time ran out; its own rejection is passed on. */
export async function settlesWithin(promise: PromiseLike<unknown>, ms: number, clock: Clock): Promise<boolean> {
  return await new Promise<boolean>((resolve, reject) => {
    const timer = clock.timer(ms, () => resolve(false));
    promise.then(
      () => {
        timer[Symbol.dispose]();
        resolve(true);
      },
      (error: unknown) => {
        timer[Symbol.dispose]();
        reject(error);
      },
    );
  });
}
