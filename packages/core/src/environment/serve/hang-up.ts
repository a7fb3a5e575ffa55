import type { Duplex } from "node:stream";

// How long an end that a peer does not take may hold up the closing.
const FLUSH_MS = 250;

/**
 * Closes a connection so that what was written arrives: ends it, reads away for up to `lingerMs` what the peer still sends (unread bytes
 * would turn the close into a reset, which can destroy the last frame), then destroys it.
 */
export async function hangUp(stream: Duplex, lingerMs = 0): Promise<void> {
  if (stream.destroyed) return;
  await new Promise<void>((resolve) => {
    let timer = setTimeout(() => stream.destroy(), FLUSH_MS);
    stream.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    stream.resume();
    stream.end(() => {
      clearTimeout(timer);
      if (lingerMs === 0 || stream.readableEnded) stream.destroy();
      else {
        timer = setTimeout(() => stream.destroy(), lingerMs);
        stream.once("end", () => stream.destroy());
      }
    });
  });
}
