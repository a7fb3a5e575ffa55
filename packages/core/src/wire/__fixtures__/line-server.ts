import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { withResolvers } from "../../util/abort.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";
import { dialTcp } from "../dial.ts";
import { FrameStream, parseFrame } from "../frame-stream.ts";

/** One connection of a {@link lineServer}: a test reads its lines and answers by hand. */
export class LinePeer {
  readonly socket: Socket;
  readonly #frames: FrameStream;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#frames = new FrameStream(socket);
  }

  /** The next line, as it came; undefined at the end. */
  async nextLine(): Promise<string | undefined> {
    return (await this.#frames.readLine())?.toString("utf8");
  }

  /** The next request; the connection must not have ended. */
  async next(method?: string): Promise<JsonObject> {
    const line = await this.nextLine();
    if (line === undefined) throw new Error(`connection ended before ${method ?? "a request"}`);
    const frame = parseFrame(Buffer.from(line));
    if (method !== undefined && frame["method"] !== method) throw new Error(`expected ${method}, got ${line}`);
    return frame;
  }

  write(line: string): void {
    this.socket.write(`${line}\n`);
  }

  reply(request: JsonObject, result: Json): void {
    this.write(JSON.stringify({ jsonrpc: "2.0", id: request["id"], result }));
  }

  fail(request: JsonObject, code: number, message: string): void {
    this.failWith(request, { code, message });
  }

  failWith(request: JsonObject, error: JsonObject): void {
    this.write(JSON.stringify({ jsonrpc: "2.0", id: request["id"], error }));
  }

  /** The bytes behind the lines, for a connection that became a pipe. */
  detach(): Socket {
    this.#frames.detach();
    return this.socket;
  }
}

/** A TCP server on a free port whose connections a test scripts. */
export interface LineServer extends AsyncDisposable {
  readonly port: number;
  readonly connect: (options: { readonly signal: AbortSignal }) => Promise<Socket>;
  /** The next connection, in the order they came. */
  accept(): Promise<LinePeer>;
}

/** Listens on a free loopback port. */
export async function lineServer(): Promise<LineServer> {
  const sockets = new Set<Socket>();
  const arrived: Socket[] = [];
  let wake = withResolvers<void>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket.on("error", () => {}));
    arrived.push(socket);
    wake.resolve();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    connect: (options) => dialTcp("127.0.0.1", port, options),
    async accept() {
      for (;;) {
        const socket = arrived.shift();
        if (socket !== undefined) return new LinePeer(socket);
        wake = withResolvers<void>();
        await wake.promise;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
