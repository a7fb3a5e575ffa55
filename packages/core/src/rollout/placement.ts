import { type Client, connectClient } from "../client/index.ts";
import { SdkError } from "../errors/sdk-error.ts";
import type { RuntimeLease, RuntimeV1 } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { withResolvers } from "../util/abort.ts";
import { acquire } from "../util/acquire.ts";
import type { Clock } from "../util/clock.ts";
import { deadline } from "../util/deadline.ts";
import { seconds } from "./deadlines.ts";
import { explainCallFailure, withEvidence } from "./failure.ts";

// What the reference's client waits for an environment to answer; its cold start is over when there is a lease.
const HANDSHAKE_MS = 240_000;
// A lease ends itself within a bound by contract; one that breaks it must not hold up the job.
const TEARDOWN_MS = 60_000;

/** What {@link place} needs. */
export interface PlaceOptions {
  readonly runtime: RuntimeV1;
  readonly row: TaskRow;
  /** Milliseconds for placement and handshake together. */
  readonly startupMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Hears of what went wrong while closing. */
  readonly onTeardownError: (error: unknown) => void;
}

/** A row's environment, placed and connected. Disposing closes the connection, then ends the lease; it never throws. */
export interface Placed extends AsyncDisposable {
  readonly lease: RuntimeLease;
  readonly client: Client;
}

/**
 * Leases a placement for the row and shakes hands with it.
 *
 * @throws RUNTIME_START_TIMEOUT when `startupMs` are over, and whatever the runtime says
 */
export async function place(options: PlaceOptions): Promise<Placed> {
  using startup = deadline({
    ms: options.startupMs,
    code: "RUNTIME_START_TIMEOUT",
    message: `${options.runtime.id}: not ready after ${seconds(options.startupMs)}`,
    signal: options.signal,
    clock: options.clock,
  });
  const lease = await acquire((signal) => options.runtime.acquire(options.row, { signal }), startup.signal);
  try {
    const client = await connectClient({
      connect: (o) => lease.connect(o),
      ...(lease.token !== undefined && { token: lease.token }),
      readyTimeoutMs: Math.min(options.startupMs, HANDSHAKE_MS),
      signal: startup.signal,
    });
    return {
      lease,
      client,
      [Symbol.asyncDispose]: async () => {
        await guarded(options, () => client.close());
        await guarded(options, () => lease[Symbol.asyncDispose]());
      },
    };
  } catch (error) {
    const explained = await withEvidence(explainCallFailure(error, "hello"), lease);
    await guarded(options, () => lease[Symbol.asyncDispose]());
    throw explained;
  }
}

async function guarded(options: PlaceOptions, close: () => PromiseLike<void>): Promise<void> {
  const overdue = withResolvers<never>();
  using _timer = options.clock.timer(TEARDOWN_MS, () => overdue.reject(unattended(options.runtime.id)));
  try {
    await Promise.race([close(), overdue.promise]);
  } catch (error) {
    options.onTeardownError(error);
  }
}

function unattended(runtime: string): SdkError {
  return new SdkError({
    code: "RUNTIME_LOST",
    message: `${runtime}: teardown took longer than ${seconds(TEARDOWN_MS)} and goes on unattended`,
  });
}
