import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { SdkError, withResolvers } from "@hud-ts/core/adapter";
import type { Connection, ServerChannel, TcpipBindInfo } from "ssh2";
import { ChannelOutput } from "./channel-output.ts";

/** Listens where the programs run; `accept` gets each connection. Disposing stops it. */
export type ForwardListener = (
  port: number,
  accept: (connection: Duplex) => void,
) => Promise<AsyncDisposable & { readonly port: number }>;

/** Where the forwards of one connection go. */
export interface RemoteForwardsOptions {
  readonly connection: Connection;
  readonly socket: Socket;
  readonly listen: ForwardListener;
  /** Fires when the connection is gone or to be closed. */
  readonly closed: AbortSignal;
}

const MAX_FORWARDS = 16;
const MAX_STREAMS = 256;
const ORIGIN = "127.0.0.1";

/** The ports that one client had opened among the programs, each connection to which comes back to it as a channel. */
export class RemoteForwards {
  readonly #options: RemoteForwardsOptions;
  readonly #listeners = new Map<number, AsyncDisposable>();
  #streams = 0;

  constructor(options: RemoteForwardsOptions) {
    this.#options = options;
  }

  /** Starts listening and gives the port; the address asked for does not matter, as it is loopback in any case. */
  async add({ bindAddr, bindPort }: TcpipBindInfo): Promise<number> {
    if (this.#listeners.size >= MAX_FORWARDS) {
      throw new SdkError({ code: "INVALID_OPTION", message: `at most ${MAX_FORWARDS} remote forwards per connection` });
    }
    const opened = withResolvers<number>();
    const listener = await this.#options.listen(bindPort, (stream) => this.#accept(stream, bindAddr, opened.promise));
    this.#listeners.set(listener.port, listener);
    if (this.#options.closed.aborted) await this.close();
    opened.resolve(listener.port);
    return listener.port;
  }

  /** Stops listening. @throws INVALID_OPTION when there is no such forward */
  async cancel({ bindPort }: TcpipBindInfo): Promise<undefined> {
    const listener = this.#listeners.get(bindPort);
    if (listener === undefined)
      throw new SdkError({ code: "INVALID_OPTION", message: `no forward on port ${bindPort}` });
    this.#listeners.delete(bindPort);
    await listener[Symbol.asyncDispose]();
  }

  async close(): Promise<void> {
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    await Promise.allSettled(listeners.map((listener) => listener[Symbol.asyncDispose]()));
  }

  #accept(stream: Duplex, address: string, port: Promise<number>): void {
    stream.on("error", () => {});
    if (this.#options.closed.aborted || this.#streams >= MAX_STREAMS) return void stream.destroy();
    this.#streams++;
    this.#carry(stream, address, port)
      .catch(() => {}) // either end broke: both are closed, and each has heard it from its own stream
      .finally(() => {
        stream.destroy();
        this.#streams--;
      });
  }

  async #carry(stream: Duplex, address: string, port: Promise<number>): Promise<void> {
    const channel = await this.#open(address, await port);
    channel.on("error", () => {});
    const { socket, closed } = this.#options;
    const ended = new AbortController();
    channel.once("close", () => ended.abort(new SdkError({ code: "CLOSED", message: "the forward is closed" })));
    const output = new ChannelOutput({ channel, socket, closed: AbortSignal.any([closed, ended.signal]) });
    const { promise: received, resolve } = withResolvers<void>();
    stream.once("close", resolve).once("finish", resolve);
    channel.pipe(stream);
    try {
      await output.drain("stdout", stream);
      output.eof();
      await received;
    } finally {
      channel.close();
    }
  }

  async #open(address: string, port: number): Promise<ServerChannel> {
    const { promise, resolve, reject } = withResolvers<ServerChannel>();
    this.#options.connection.forwardOut(address, port, ORIGIN, port, (error, channel) =>
      error ? reject(error) : resolve(channel),
    );
    return await promise;
  }
}
