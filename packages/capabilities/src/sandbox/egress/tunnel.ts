import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { readClientHello } from "./client-hello.ts";
import { type DialOptions, dial } from "./dial.ts";
import { type Authority, hostName } from "./host-name.ts";

// A hello may take 2^24 bytes by its format; keys and tickets of today stay far below this.
const MAX_HELLO_BYTES = 64 * 1024;
// A fatal alert, access_denied: RFC 8446 section 6.2.
const ACCESS_DENIED = Buffer.from([21, 3, 1, 0, 2, 2, 49]);

/** What a tunnel needs beside its target. */
export interface TunnelOptions extends DialOptions {
  readonly idleTimeoutMs: number;
  /** Called when the client has said whom it wants, or never. */
  readonly onHello: () => void;
}

/** A CONNECT as the proxy got it. */
export interface TunnelRequest {
  readonly client: Duplex;
  readonly target: Authority;
  /** What the client sent behind its request. */
  readonly head: Buffer;
}

/**
 * Opens a tunnel to an allowed host, for TLS to that very host and nothing else: what asks for another name, or is no
 * TLS, is ended before a byte of it goes on.
 *
 * @throws Refusal before the client was told that the tunnel stands
 */
export async function openTunnel({ client, target, head }: TunnelRequest, options: TunnelOptions): Promise<void> {
  const upstream = await dial(target, options);
  try {
    upstream.setTimeout(options.idleTimeoutMs, () => upstream.destroy());
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    const hello = await permittedHello(client, { head, host: target.host });
    options.onHello();
    if (hello === undefined) return;
    upstream.write(hello);
    await Promise.all([pipeline(client, upstream), pipeline(upstream, client)]);
  } catch {
    // Either side broke off, which the other learns by the end of its connection.
  } finally {
    upstream.destroy();
    client.destroy();
  }
}

async function permittedHello(
  client: Duplex,
  { head, host }: { readonly head: Buffer; readonly host: string },
): Promise<Buffer | undefined> {
  for (let received = head; received.length < MAX_HELLO_BYTES; ) {
    const hello = readClientHello(received);
    if (hello.kind === "not-tls") return undefined;
    if (hello.kind === "hello") {
      if (hello.serverName !== undefined && hostName(hello.serverName) === host) return received;
      await new Promise<void>((resolve) => client.end(ACCESS_DENIED, resolve));
      return undefined;
    }
    const more = await nextChunk(client);
    if (more === undefined) return undefined;
    received = Buffer.concat([received, more]);
  }
  return undefined;
}

async function nextChunk(stream: Duplex): Promise<Buffer | undefined> {
  for (;;) {
    const chunk: unknown = stream.read();
    if (Buffer.isBuffer(chunk)) return chunk;
    if (stream.readableEnded || stream.destroyed) return undefined;
    const settled = await new Promise<"readable" | "over">((resolve) => {
      const onReadable = () => finish("readable");
      const onOver = () => finish("over");
      const finish = (how: "readable" | "over") => {
        stream.off("readable", onReadable).off("end", onOver).off("close", onOver);
        resolve(how);
      };
      stream.on("readable", onReadable).on("end", onOver).on("close", onOver);
    });
    if (settled === "over") return undefined;
  }
}
