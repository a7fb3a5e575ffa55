import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";

/**
 * Joins two streams into one until both directions ended. The end of one direction is passed on as a half-close, so that what still
 * flows the other way arrives; a side that breaks resets the other. A slow reader slows its writer. Takes both streams over and closes them;
 * never rejects, as each side learns of a failure by its own stream.
 */
export async function joinStreams(a: Duplex, b: Duplex): Promise<void> {
  a.pipe(b);
  b.pipe(a);
  await Promise.all([passOnBreak(a, b), passOnBreak(b, a)]);
}

/** Ends a stream so that the other end sees a failure, not an end of file that could pass for complete data. */
export function resetStream(stream: Duplex): void {
  stream.on("error", () => {});
  if (stream instanceof Socket && !stream.destroyed && !stream.connecting && isTcp(stream)) stream.resetAndDestroy();
  else stream.destroy(new Error("the connection was reset"));
}

async function passOnBreak(from: Duplex, to: Duplex): Promise<void> {
  from.on("error", () => {}); // `finished` reports the first error; later ones of a broken stream must not crash the process
  try {
    await finished(from);
    from.destroy();
  } catch {
    resetStream(to);
  }
}

// resetAndDestroy throws for pipes and Unix sockets; only those of TCP know their address.
function isTcp(socket: Socket): boolean {
  return socket.remoteAddress !== undefined;
}
