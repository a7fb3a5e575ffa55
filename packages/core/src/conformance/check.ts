import { delay } from "../util/clock.ts";

/** Fails a case, saying what came. */
export function check(holds: boolean, got: string): asserts holds {
  if (!holds) throw new Error(`requirement not met: ${got}`);
}

/** How a promise ended; a rejection without a reason is told from a value by `null`. */
export async function outcomeOf(
  work: Promise<unknown>,
): Promise<{ readonly rejected?: unknown; readonly text: string }> {
  try {
    return { text: `resolved with ${show(await work)}` };
  } catch (error) {
    return { rejected: error ?? null, text: `rejected with ${String(error)}` };
  }
}

/** Fails a case when `work` is still pending after `ms`. */
export async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  const timer = new AbortController();
  const late = delay(ms, timer.signal).then(() => check(false, `${what} still pending after ${ms} ms`));
  late.catch(() => {}); // a timer that is dropped rejects as well
  try {
    await Promise.race([work, late]);
    return await work;
  } finally {
    timer.abort();
  }
}

/** A value for a failure's text, cut to 200 characters. */
export function show(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return String(value).slice(0, 200);
  }
}
