import { createServer, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { onAbort } from "@hud-ts/core/adapter";
import { addressRule } from "./addresses.ts";
import { allowlist } from "./allowlist.ts";
import { type ConnectionPhase, Connections } from "./connections.ts";
import { type Resolve, systemResolve } from "./dial.ts";
import { forwardRequest } from "./forward-request.ts";
import { proxyEnvironment } from "./proxy-environment.ts";
import { Refusal } from "./refusal.ts";
import { requestTarget, tunnelTarget } from "./target.ts";
import { openTunnel } from "./tunnel.ts";

const MAX_HEADER_BYTES = 32 * 1024;

/** What may go out, and how. */
export interface EgressOptions {
  /** Hosts that may be reached, with their subdomains; `*` is any. @default none */
  readonly allowedHosts?: readonly string[];
  /** Address ranges in CIDR form that may be dialled although they are not public. @default none */
  readonly allowedAddresses?: readonly string[];
  /** @default the system's resolver */
  readonly resolve?: Resolve;
  /** Most connections of the inside at one time; further ones are refused. @default 256 */
  readonly maxConnections?: number;
  /** Milliseconds for resolving and connecting. @default 15 000 */
  readonly connectTimeoutMs?: number;
  /** Milliseconds that a client may take for a request's head or a TLS hello, and rest between requests. @default 30 000 */
  readonly headTimeoutMs?: number;
  /** Milliseconds without a byte in either direction. @default 300 000 */
  readonly idleTimeoutMs?: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** A proxy on this side of a sandbox. */
export interface Egress extends AsyncDisposable {
  /** Whether any host may be reached. */
  readonly open: boolean;
  /** Serves one connection of the inside, and closes it. */
  accept(connection: Duplex): void;
  /** The variables by which programs inside find it. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * Starts the only way out of a sandbox: a proxy for plain requests in absolute form and for CONNECT, to allowed hosts
 * at public addresses. It listens nowhere: it is handed its connections.
 *
 * @throws INVALID_OPTION for a host or address range that is none
 */
export function startEgress(options: EgressOptions): Egress {
  const allowedHosts = options.allowedHosts ?? [];
  const allowed = allowlist(allowedHosts);
  const closing = new AbortController();
  const connections = new Connections({
    count: options.maxConnections ?? 256,
    headTimeoutMs: options.headTimeoutMs ?? 30_000,
  });
  const reach = {
    resolve: options.resolve ?? systemResolve,
    mayDial: addressRule(options.allowedAddresses ?? []),
    timeoutMs: options.connectTimeoutMs ?? 15_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    signal: closing.signal,
  };

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false });
  server.on("request", (request, response) => {
    // One request a connection, so that the bound on connections bounds all that goes on.
    if (connections.phase(request.socket) !== "head") return void request.socket.destroy();
    connections.served(request.socket, response);
    response.shouldKeepAlive = false;
    const forwarding = async () =>
      forwardRequest({ request, response, target: requestTarget(request.url ?? "", allowed) }, reach);
    forwarding().catch((error: unknown) => refuse(response, Refusal.of(error)));
  });
  server.on("connect", (request, client, head) => {
    const onHello = () => connections.served(client);
    const tunnelling = async () =>
      openTunnel({ client, target: tunnelTarget(request.url ?? "", allowed), head }, { ...reach, onHello });
    tunnelling().catch((error: unknown) => client.end(Refusal.of(error).answer));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, client) => {
    const phase = connections.phase(client);
    if (phase === "answered") client.destroy();
    else client.end(unreadable(error, phase).answer);
  });

  const close = async () => {
    aborting[Symbol.dispose]();
    closing.abort();
    connections.close();
  };
  const aborting = onAbort(options.signal, () => void close());
  return {
    open: allowedHosts.length > 0,
    env: allowedHosts.length > 0 ? proxyEnvironment() : {},
    accept: (connection) => {
      if (connections.add(connection)) server.emit("connection", connection);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(refusal.status, refusal.headers).end(refusal.body);
}

/** The refusal of bytes that are no request, or of a body that is none. */
function unreadable(error: NodeJS.ErrnoException, phase: ConnectionPhase): Refusal {
  if (error.code === "HPE_HEADER_OVERFLOW") return new Refusal("header-too-large", "the request's head is too large");
  if (phase === "served") return new Refusal("invalid-request-body", "the request's body is malformed");
  return new Refusal("invalid-request", "expected an HTTP/1.1 request");
}
