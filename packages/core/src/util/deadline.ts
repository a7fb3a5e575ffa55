import { SdkError } from "../errors/sdk-error.ts";
import type { ErrorCode } from "../errors/table.ts";
import { type Clock, systemClock } from "./clock.ts";

/** A signal that fires after a time, with the reason as an error of the table. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Whether it was this deadline that fired. */
  readonly expired: boolean;
}

/** What a {@link deadline} says when it fires. */
export interface DeadlineOptions {
  /** Milliseconds from now; undefined or Infinity never fires. */
  readonly ms: number | undefined;
  readonly message: string;
  /** @default "DEADLINE_EXCEEDED" */
  readonly code?: ErrorCode;
  /** Fires the deadline's signal too, with its own reason. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/** Starts a deadline. The only place where a time becomes a signal; dispose it to drop its timer. */
export function deadline(options: DeadlineOptions): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer =
    options.ms === undefined || options.ms === Number.POSITIVE_INFINITY
      ? undefined
      : (options.clock ?? systemClock).timer(options.ms, () => {
          expired = true;
          controller.abort(new SdkError({ code: options.code ?? "DEADLINE_EXCEEDED", message: options.message }));
        });
  const follow = () => controller.abort(options.signal?.reason);
  if (options.signal?.aborted) follow();
  else options.signal?.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      options.signal?.removeEventListener("abort", follow);
    },
  };
}
