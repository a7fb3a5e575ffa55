import type { SdkError } from "../errors/sdk-error.ts";
import { type Clock, delay, systemClock } from "../util/clock.ts";

/** What one try of a request came to; `again` says whether another one may help. */
export type Attempt<T> =
  | { readonly value: T }
  | { readonly error: SdkError; readonly again: boolean; readonly retryAfterMs?: number | undefined };

/** How often and how patiently to try. */
export interface RetryOptions {
  /** Tries after the first. */
  readonly maxRetries: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** In [0, 1). */
  readonly random?: () => number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
// A provider that asks for more than a minute is better answered by failing: the engine decides whether the rollout is worth it.
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Tries until a value, an error that another try cannot mend, or the end of the retries. Rejects with the signal's reason. */
export async function retrying<T>(attempt: () => Promise<Attempt<T>>, options: RetryOptions): Promise<T> {
  for (let retry = 0; ; retry++) {
    options.signal.throwIfAborted();
    const outcome = await attempt();
    if ("value" in outcome) return outcome.value;
    const waitMs = outcome.retryAfterMs ?? backoffMs(retry, options.random ?? Math.random);
    if (!outcome.again || retry >= options.maxRetries || waitMs > LONGEST_RETRY_AFTER_MS) throw outcome.error;
    await delay(waitMs, options.signal, options.clock ?? systemClock);
  }
}

/** Doubles from half a second to eight, less up to half by chance, so that many clients do not come back at once. */
function backoffMs(retry: number, random: () => number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** retry, LONGEST_DELAY_MS) * (1 - random() / 2);
}

/**
 * The wait that a response asks for, in milliseconds.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const milliseconds = nonNegative(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds;
  const header = headers.get("retry-after");
  const seconds = nonNegative(header);
  if (seconds !== undefined) return seconds * 1_000;
  const date = header?.endsWith(" GMT") ? Date.parse(header) : Number.NaN; // Date.parse alone reads a date into "-1"
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function nonNegative(text: string | null): number | undefined {
  if (text === null || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
