import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import { SdkError } from "@hud-ts/core/adapter";
import type { Sandbox } from "../sandbox/contract.ts";

/** A port of this machine's loopback that leads to one inside. The caller disposes it; a reset or stop does so too. */
export interface ForwardedPort extends AsyncDisposable {
  readonly host: "127.0.0.1";
  readonly port: number;
}

interface Provided {
  readonly port: number;
  readonly target: { readonly host: string; readonly port: number };
  /** Stops listening in the sandbox of the moment. */
  listener: AsyncDisposable | undefined;
}

const LOOPBACK = "127.0.0.1";
const CONNECT_MS = 10_000;
// An agent that opens connections without end must not cost this process its descriptors.
const MAX_CONNECTIONS = 256;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The ways between a workspace's network and this machine's: none but those that were asked for. */
export class Openings implements AsyncDisposable {
  readonly #sandbox: () => Promise<Sandbox>;
  readonly #provided = new Set<Provided>();
  readonly #forwarded = new Set<ForwardedPort>();
  #lasting: ReadonlySet<unknown> = new Set();
  #connections = 0;

  /** @param sandbox the sandbox of the moment */
  constructor(sandbox: () => Promise<Sandbox>) {
    this.#sandbox = sandbox;
  }

  /** Lets the inside reach one address outside, at a port of its own loopback. */
  async provide(port: number, target: string): Promise<AsyncDisposable> {
    const provided: Provided = { port, target: addressOf(target), listener: undefined };
    await this.#listen(await this.#sandbox(), provided);
    this.#provided.add(provided);
    return { [Symbol.asyncDispose]: () => this.#withdraw(provided) };
  }

  /** Opens a port outside that leads to one inside, in whichever sandbox there is when a connection comes. */
  async forward(port: number): Promise<ForwardedPort> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      void this.#join(socket, async (signal) => (await this.#sandbox()).dialInside(port, { signal }));
    });
    server.listen({ host: LOOPBACK, port: 0 });
    await once(server, "listening");
    const forwarded: ForwardedPort = {
      host: LOOPBACK,
      port: (server.address() as AddressInfo).port,
      [Symbol.asyncDispose]: async () => {
        if (!this.#forwarded.delete(forwarded)) return;
        const closed = once(server, "close");
        server.close();
        for (const socket of sockets) socket.destroy();
        await closed;
      },
    };
    this.#forwarded.add(forwarded);
    return forwarded;
  }

  /** Opens again, in a fresh sandbox, what is provided. */
  async reopen(sandbox: Sandbox): Promise<void> {
    for (const provided of this.#provided) await this.#listen(sandbox, provided);
  }

  /** What is open now outlives a reset. */
  keep(): void {
    this.#lasting = new Set<unknown>([...this.#provided, ...this.#forwarded]);
  }

  /** Closes what was opened since {@link keep}. */
  async rewind(): Promise<void> {
    for (const provided of this.#provided) if (!this.#lasting.has(provided)) await this.#withdraw(provided);
    for (const forwarded of this.#forwarded) if (!this.#lasting.has(forwarded)) await forwarded[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lasting = new Set();
    await this.rewind();
  }

  async #listen(sandbox: Sandbox, provided: Provided): Promise<void> {
    provided.listener = await sandbox.listenInside(provided.port, (connection) => {
      void this.#join(connection, (signal) => dial(provided.target, signal));
    });
  }

  async #withdraw(provided: Provided): Promise<void> {
    this.#provided.delete(provided);
    await provided.listener?.[Symbol.asyncDispose]();
  }

  async #join(one: Duplex, other: (signal: AbortSignal) => Promise<Duplex>): Promise<void> {
    one.on("error", () => {}); // the other side sees the end
    if (this.#connections >= MAX_CONNECTIONS) return void one.destroy();
    this.#connections += 1;
    one.once("close", () => (this.#connections -= 1));
    try {
      const far = await other(AbortSignal.timeout(CONNECT_MS));
      pipeline(one, far, () => {});
      pipeline(far, one, () => {});
    } catch {
      one.destroy(); // refused out there: refused in here
    }
  }
}

async function dial({ host, port }: Provided["target"], signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function addressOf(target: string): Provided["target"] {
  const text = target.includes("://") ? target : `tcp://${target}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const port = url === undefined || url.port === "" ? DEFAULT_PORTS[url?.protocol ?? ""] : Number(url.port);
  if (url !== undefined && url.hostname !== "" && port !== undefined && port > 0) {
    return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
  }
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `workspace: expected an address with a port, such as 127.0.0.1:8080, got ${JSON.stringify(target)}`,
  });
}
