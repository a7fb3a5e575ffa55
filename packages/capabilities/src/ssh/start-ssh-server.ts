import { once } from "node:events";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { SdkError } from "@hud-ts/core/adapter";
import ssh2, { type Connection, type ParsedKey } from "ssh2";
import type { ProcessHost } from "../sandbox/contract.ts";
import type { ForwardListener } from "./remote-forwards.ts";
import { type ConnectionContext, SshConnection } from "./ssh-connection.ts";
import type { SshKeys } from "./ssh-keys.ts";
import { socketOf } from "./ssh2-internals.ts";

/** What a server serves. */
export interface SshServerOptions {
  /** Where programs run; asked anew for each session, so that a reset may put another in its place. */
  readonly host: () => Promise<ProcessHost>;
  readonly keys: SshKeys;
  /** The one user. @default "agent" */
  readonly user?: string;
  /** Where sessions start, as seen by the programs. */
  readonly cwd: string;
  /** Listens among the programs for a client's remote forward. @default remote forwards are refused */
  readonly onForward?: ForwardListener;
  /** Bounds the start. */
  readonly signal: AbortSignal;
}

/** A running server. */
export interface SshServer extends AsyncDisposable {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Disconnects every client and ends its programs; the server goes on. */
  closeSessions(): Promise<void>;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_MISSED = 3;
const LOGIN_GRACE_MS = 30_000;
const MAX_CONNECTIONS = 64;

/**
 * Serves exec, shell and sftp sessions of one client key over a {@link ProcessHost}. Listens on loopback alone, lets in one user
 * by public key, and refuses everything that reaches beyond the programs: local forwards, agent and X11 forwarding, other subsystems.
 */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  options.signal.throwIfAborted();
  const server = new LoopbackSshServer(options);
  await server.listen(options.signal);
  return server;
}

class LoopbackSshServer implements SshServer {
  readonly #connections = new Set<SshConnection>();
  readonly #sockets = new Set<Socket>();
  readonly #loggedIn = new WeakSet<Socket>();
  readonly #context: ConnectionContext;
  readonly #protocol: ssh2.Server;
  readonly #listener: NetServer;

  constructor({ keys, host, cwd, onForward, user = "agent" }: SshServerOptions) {
    this.#context = { host, cwd, user, key: parseKey(keys.clientPublicKey), listen: onForward };
    this.#protocol = new ssh2.Server(
      { hostKeys: [keys.hostKey], ident: "hud", keepaliveInterval: KEEPALIVE_MS, keepaliveCountMax: KEEPALIVE_MISSED },
      (connection) => this.#meet(connection),
    );
    this.#listener = createServer({ noDelay: true }, (socket) => this.#admit(socket));
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  async listen(signal: AbortSignal): Promise<void> {
    this.#listener.listen(0, HOST);
    await once(this.#listener, "listening", { signal });
  }

  async closeSessions(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.closeSessions();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #admit(socket: Socket): void {
    if (this.#sockets.size >= MAX_CONNECTIONS) return void socket.destroy();
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
    const grace = setTimeout(() => this.#loggedIn.has(socket) || socket.destroy(), LOGIN_GRACE_MS);
    socket.once("close", () => clearTimeout(grace));
    this.#protocol.injectSocket(socket);
  }

  #meet(connection: Connection): void {
    const served = new SshConnection(connection, this.#context);
    const socket = socketOf(connection);
    this.#connections.add(served);
    socket.once("close", () => this.#connections.delete(served));
    connection.once("ready", () => this.#loggedIn.add(socket));
  }
}

function parseKey(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) {
    throw new SdkError({ code: "INVALID_OPTION", message: `the client's public key is not one: ${key.message}` });
  }
  return key;
}
