import { errorText, SdkError } from "../../errors/sdk-error.ts";
import { type Clock, systemClock } from "../../util/clock.ts";
import { FRAME_LIMITS } from "../../wire/frame.ts";
import type { TaskFailure } from "./control-connection.ts";

/** How a {@link ControlServer} treats its peers. */
export interface ControlServerOptions {
  /** What a connection must show before anything else is answered. @default none: every peer is trusted */
  readonly token?: string | undefined;
  /** Most open control connections, and most tasks live or parked. @default 1024 */
  readonly maxSessions?: number | undefined;
  /** Milliseconds a suspended task is kept for a peer to come back, once another was parked after it. @default 6 hours */
  readonly parkTtlMs?: number | undefined;
  /** Milliseconds cancelled task code has to end before it is abandoned. @default 2000 */
  readonly graceMs?: number | undefined;
  /** Milliseconds that the last lines of a graded task, and the teardown hooks, may take. @default 30000 */
  readonly cleanupMs?: number | undefined;
  /** Milliseconds in which {@link ControlServer.close} gives up waiting for task code. @default 10000 */
  readonly closeTimeoutMs?: number | undefined;
  /** Most bytes of a line that is read. @default 64 MiB */
  readonly maxFrameBytes?: number | undefined;
  /**
   * Most bytes of a line written to a peer that announced no limit. @default 16 MiB, what Python clients since 0.6.17 read;
   * 65536 for those before
   */
  readonly maxPeerFrameBytes?: number | undefined;
  /** Milliseconds a connection has to show the token. @default 10000 */
  readonly authTimeoutMs?: number | undefined;
  /** Most connections that have not shown the token; one more drops the oldest. @default 64 */
  readonly maxUnauthenticated?: number | undefined;
  /** @default the system's clock */
  readonly clock?: Clock | undefined;
  /** Hears what went wrong where no peer can be told: code that ignores its signal, hooks that fail. @default process.emitWarning */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Hears what task code threw, stack included; the peer gets the message only. */
  readonly onTaskError?: ((failure: TaskFailure) => void) | undefined;
}

/** Every option decided. */
export type ResolvedControlServerOptions = Readonly<
  Required<{ [K in keyof Omit<ControlServerOptions, "token">]: NonNullable<ControlServerOptions[K]> }>
> & { readonly token: string | undefined };

const DEFAULTS = {
  maxSessions: 1_024,
  parkTtlMs: 6 * 3_600_000,
  graceMs: 2_000,
  cleanupMs: 30_000,
  closeTimeoutMs: 10_000,
  maxFrameBytes: FRAME_LIMITS.own,
  maxPeerFrameBytes: FRAME_LIMITS.reference,
  authTimeoutMs: 10_000,
  maxUnauthenticated: 64,
} as const;

/** @throws INVALID_OPTION */
export function resolveControlServerOptions(options: ControlServerOptions): ResolvedControlServerOptions {
  if (options.token === "") throw invalid("token is empty, expected a secret text");
  const bounds = { ...DEFAULTS } as Record<keyof typeof DEFAULTS, number>;
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    bounds[name] = positiveInteger(name, options[name] ?? DEFAULTS[name]);
  }
  return {
    ...bounds,
    token: options.token,
    clock: options.clock ?? systemClock,
    onWarning: contained(options.onWarning ?? emitWarning),
    onTaskError: contained(options.onTaskError ?? (() => {})),
  };
}

function emitWarning(message: string): void {
  process.emitWarning(message, "HudWarning");
}

// A listener that throws must not take the call that it hears of with it.
function contained<T>(listener: (event: T) => void): (event: T) => void {
  return (event) => {
    try {
      listener(event);
    } catch (error) {
      emitWarning(`a listener of the control server failed: ${errorText(error)}`);
    }
  };
}

function positiveInteger(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw invalid(`${name} is ${value}, expected a positive integer`);
  return value;
}

function invalid(message: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message });
}
