import { errorText, SdkError, toSdkError } from "../errors/sdk-error.ts";
import { delay } from "../util/clock.ts";
import { deadline } from "../util/deadline.ts";
import { Client } from "./client.ts";
import { isConnectionError } from "./connection-error.ts";
import { ControlChannel } from "./control-channel.ts";
import { helloParams, parseHello } from "./hello.ts";
import { type Connect, openStream } from "./open-stream.ts";

const RETRY_MS = 500;
const READY_TIMEOUT_MS = 240_000;
const HEARTBEAT_MS = 120_000;

/** How a client connects. */
export interface ConnectClientOptions {
  /** Opens one connection to the control port; called again for each retry and each tunnel. */
  readonly connect: Connect;
  /** What the environment was served with; goes with each connection. */
  readonly token?: string | undefined;
  /** Milliseconds until an environment that is not up yet counts as failed. @default 240_000 */
  readonly readyTimeoutMs?: number | undefined;
  /** Bounds the connecting, not the client. */
  readonly signal: AbortSignal;
  /** Milliseconds between signs of life while no call runs. @default 120_000 */
  readonly heartbeatMs?: number | undefined;
  /**
   * Most bytes of a line written to an environment that does not announce what it reads.
   * @default 16 MiB, what hud-python reads since 0.6.17; before, it was 65_536
   */
  readonly maxPeerFrameBytes?: number | undefined;
  /** A parked session to come back to. */
  readonly sessionId?: string | undefined;
  /** Whether closing leaves a started task parked, for another client to grade, instead of ending it. @default false */
  readonly park?: boolean | undefined;
}

/**
 * Connects to an environment and says hello, again and again while it is not up: refused, reset, or hung up on. An error that the
 * environment answers ends it at once. The caller closes the client.
 *
 * @throws RUNTIME_START_TIMEOUT when it was not ready in time; RUNTIME_AUTH for a token that does not fit; HANDSHAKE_FAILED,
 *   MANIFEST_INVALID for what it answered; the signal's reason
 */
export async function connectClient(options: ConnectClientOptions): Promise<Client> {
  const readyMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;
  requirePositive("readyTimeoutMs", readyMs);
  const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
  requirePositive("heartbeatMs", heartbeatMs);
  using ready = deadline({
    ms: readyMs,
    message: notReady(readyMs),
    code: "RUNTIME_START_TIMEOUT",
    signal: options.signal,
  });
  let last: unknown;
  for (;;) {
    try {
      return await connectOnce({ ...options, heartbeatMs, signal: ready.signal });
    } catch (error) {
      if (ready.expired) throw timedOut(readyMs, last ?? error);
      options.signal.throwIfAborted();
      if (!isConnectionError(error)) throw toSdkError(error, "RUNTIME_START_FAILED");
      last = error;
    }
    await delay(RETRY_MS, ready.signal).catch((reason: unknown) => {
      throw ready.expired ? timedOut(readyMs, last) : reason;
    });
  }
}

async function connectOnce(options: ConnectClientOptions & { readonly heartbeatMs: number }): Promise<Client> {
  const { connect, token, sessionId, signal } = options;
  const channel = new ControlChannel(await openStream(connect, signal), options.maxPeerFrameBytes);
  try {
    const hello = parseHello(await channel.call("hello", helloParams({ token, sessionId }), signal));
    channel.introduce(hello);
    return new Client({
      channel,
      hello,
      connect,
      token,
      park: options.park ?? false,
      heartbeatMs: options.heartbeatMs,
    });
  } catch (error) {
    channel.abort(error);
    throw error;
  }
}

function requirePositive(name: string, value: number): void {
  if (value > 0) return; // NaN is not
  throw new SdkError({ code: "INVALID_OPTION", message: `${name}: expected more than 0 milliseconds, got ${value}` });
}

function timedOut(readyMs: number, last: unknown): SdkError {
  const why = SdkError.is(last, "RUNTIME_START_TIMEOUT") ? "no connection was answered" : errorText(last);
  return new SdkError({ code: "RUNTIME_START_TIMEOUT", message: `${notReady(readyMs)}: ${why}`, cause: last });
}

function notReady(readyMs: number): string {
  return `the environment was not ready after ${readyMs / 1000} s`;
}
