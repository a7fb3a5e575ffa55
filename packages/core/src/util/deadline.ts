import { SdkError } from "../errors/sdk-error.ts";
import type { ErrorCode } from "../errors/table.ts";
import { onAbort } from "./abort.ts";
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
  /** Fires the deadline's signal too, with its own reason; of several, whichever is first. */
  readonly signal?: AbortSignal | readonly AbortSignal[] | undefined;
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
  const followed = [options.signal ?? []].flat();
  const listeners = followed.map((signal) => onAbort(signal, () => controller.abort(signal.reason)));
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    [Symbol.dispose]() {
      timer?.[Symbol.dispose]();
      for (const listener of listeners) listener[Symbol.dispose]();
    },
  };
}
