import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { joinStreams, resetStream } from "../wire/tunnel.ts";

const LOOPBACK = "127.0.0.1";
// Scheme and user information, host and port, the rest.
const URL_PARTS = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#]*@)?)[^/?#]*(.*)$/s;

/** A loopback port each of whose connections leads to one capability. */
export class Forwarder {
  /** The capability's url with this port in place of its own: path, query, user name and password stay. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(url: string, server: Server, sockets: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Listens; the caller closes it. */
  static async start(url: string, dial: () => Promise<Duplex>): Promise<Forwarder> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket)).on("error", () => {});
      void forward(socket, dial);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(0, LOOPBACK, () => resolve());
    });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return new Forwarder(url.replace(URL_PARTS, `$1${LOOPBACK}:${port}$2`), server, sockets);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

async function forward(socket: Socket, dial: () => Promise<Duplex>): Promise<void> {
  try {
    const stream = await dial();
    if (socket.destroyed) stream.destroy();
    else await joinStreams(socket, stream);
  } catch {
    resetStream(socket); // who connected learns it the way an unreachable service tells it
  }
}
