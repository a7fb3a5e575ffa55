import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on a loopback port of the system's choice. */
export interface LocalServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** Ends every connection, answered or not. Idempotent. */
  close(): Promise<void>;
}

export async function listenLocally(listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closing;
  };
  return { origin: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The whole body as text; undefined when it is larger than a real API would take. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** One response, in full. */
export interface WireResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: string;
  /** Breaks the connection after this many bytes of the announced body. */
  readonly cutAfterBytes?: number | undefined;
}

export function send(response: ServerResponse, wire: WireResponse): void {
  const body = Buffer.from(wire.body);
  response.writeHead(wire.status, {
    "content-type": "application/json",
    "content-length": String(body.byteLength),
    ...wire.headers,
  });
  if (wire.cutAfterBytes === undefined) response.end(body);
  else response.write(body.subarray(0, wire.cutAfterBytes), () => response.destroy());
}
