import { once } from "node:events";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { raceAbort, SdkError, withResolvers } from "@hud-ts/core/adapter";
import type { ServerChannel } from "ssh2";
import { forgetWritten, sendEof, takesData } from "./ssh2-internals.ts";

/** What an output writes to. */
export interface ChannelOutputOptions {
  readonly channel: ServerChannel;
  readonly socket: Socket;
  /** Fires when the channel or its connection is gone. */
  readonly closed: AbortSignal;
}

/**
 * What a server sends on a channel, one chunk at a time over both streams: ssh2 loses or repeats data when both wait for
 * the peer's window, never calls back once the channel is closed, and does not wait for a slow socket.
 */
export class ChannelOutput {
  readonly #options: ChannelOutputOptions;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ChannelOutputOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the peer's window and the socket took the chunk.
   *
   * @throws CLOSED when the channel is closed, also while waiting
   */
  async write(stream: "stdout" | "stderr", chunk: Uint8Array): Promise<void> {
    const before = this.#turn;
    const { promise, resolve } = withResolvers<void>();
    this.#turn = promise;
    await before;
    try {
      await this.#send(stream, chunk);
    } finally {
      resolve();
    }
  }

  /** Writes all of `source`, which it destroys when the channel closes first. */
  async drain(stream: "stdout" | "stderr", source: Readable): Promise<void> {
    for await (const chunk of source) await this.write(stream, chunk as Buffer);
  }

  /** Tells the peer that no more data follows; the other direction stays open. */
  eof(): void {
    sendEof(this.#options.channel);
  }

  async #send(stream: "stdout" | "stderr", chunk: Uint8Array): Promise<void> {
    const { channel, socket, closed } = this.#options;
    closed.throwIfAborted();
    if (!takesData(channel)) throw new SdkError({ code: "CLOSED", message: "the ssh channel is closed" });
    const sink = stream === "stdout" ? channel : channel.stderr;
    const { promise: sent, resolve, reject } = withResolvers<void>();
    sink.write(chunk, (error) => (error ? reject(error) : resolve()));
    await raceAbort(sent, closed);
    forgetWritten(channel);
    if (socket.writableNeedDrain) await once(socket, "drain", { signal: closed });
  }
}
