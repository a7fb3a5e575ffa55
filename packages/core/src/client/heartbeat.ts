import { SdkError } from "../errors/sdk-error.ts";
import { systemClock } from "../util/clock.ts";
import type { ControlChannel } from "./control-channel.ts";
import { helloParams } from "./hello.ts";

// An environment may be busy for minutes in a task's blocking code: silence alone ends a rollout only after this many beats.
const MISSED_BEATS = 3;

/** What keeps a session alive. */
export interface HeartbeatOptions {
  readonly channel: ControlChannel;
  readonly sessionId: string;
  readonly token: string | undefined;
  /** Milliseconds between beats. */
  readonly everyMs: number;
}

/**
 * Says `hello` from time to time while the channel is idle, so that nothing on the way forgets the connection and a peer that
 * vanished is noticed. A server that refuses it is left in peace.
 */
export function startHeartbeat({ channel, sessionId, token, everyMs }: HeartbeatOptions): Disposable {
  let answered = true;
  let missed = 0;
  let timer: Disposable | undefined;
  const stop = () => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    channel.lost.removeEventListener("abort", stop);
  };
  const send = async () => {
    answered = false;
    missed = 0;
    try {
      await channel.send("hello", helloParams({ sessionId, token }));
      answered = true;
    } catch {
      stop(); // an error frame: the session stays, the beats end; a loss is told by the channel
    }
  };
  const beat = () => {
    schedule();
    if (!channel.isIdle) return;
    if (answered) void send();
    else if (++missed >= MISSED_BEATS) channel.abort(silent(everyMs));
  };
  const schedule = () => {
    timer = systemClock.timer(everyMs, beat);
  };
  channel.lost.addEventListener("abort", stop, { once: true });
  schedule();
  return { [Symbol.dispose]: stop };
}

function silent(everyMs: number): SdkError {
  return new SdkError({
    code: "REQUEST_TIMEOUT",
    message: `the environment answered no heartbeat for ${(everyMs * MISSED_BEATS) / 1000} s`,
  });
}
