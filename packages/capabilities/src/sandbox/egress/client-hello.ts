const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const RECORD_HEADER_BYTES = 5;
const HELLO_HEADER_BYTES = 4;

/** What the first bytes of a connection say. */
export type ClientHello =
  | { readonly kind: "incomplete" }
  | { readonly kind: "not-tls" }
  /** `serverName` is undefined when the client asks for no server by name, or for several. */
  | { readonly kind: "hello"; readonly serverName: string | undefined };

/**
 * Reads the name a TLS client asks for, from the bytes it has sent so far. The hello may be spread over records.
 *
 * @see RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3
 */
export function readClientHello(bytes: Uint8Array): ClientHello {
  const message = handshakeBytes(bytes);
  if (message === "not-tls") return { kind: "not-tls" };
  if (message.length > 0 && message[0] !== CLIENT_HELLO) return { kind: "not-tls" };
  if (message.length < HELLO_HEADER_BYTES) return { kind: "incomplete" };
  const length = message.readUIntBE(1, 3);
  if (message.length < HELLO_HEADER_BYTES + length) return { kind: "incomplete" };
  try {
    return {
      kind: "hello",
      serverName: serverNameOf(message.subarray(HELLO_HEADER_BYTES, HELLO_HEADER_BYTES + length)),
    };
  } catch (error) {
    if (error instanceof RangeError) return { kind: "not-tls" };
    throw error;
  }
}

function handshakeBytes(bytes: Uint8Array): Buffer | "not-tls" {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    // Version bytes: 3, then 1 to 4 in anything that was ever sent.
    if (input[at] !== HANDSHAKE_RECORD || (input[at + 1] ?? 3) !== 3)
      return parts.length > 0 ? Buffer.concat(parts) : "not-tls";
    if (input.length < at + RECORD_HEADER_BYTES) break;
    const length = input.readUInt16BE(at + 3);
    if (length === 0) return "not-tls";
    parts.push(input.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length));
    at += RECORD_HEADER_BYTES + length;
  }
  return Buffer.concat(parts);
}

function serverNameOf(hello: Buffer): string | undefined {
  const reader = new Reader(hello);
  reader.skip(2 + 32); // version, random
  reader.vector(1); // session id
  reader.vector(2); // cipher suites
  reader.vector(1); // compression methods
  if (reader.done) return undefined;
  const extensions = new Reader(reader.vector(2));
  let found: string | undefined;
  while (!extensions.done) {
    const type = extensions.number(2);
    const body = extensions.vector(2);
    if (type !== SERVER_NAME) continue;
    if (found !== undefined) throw new RangeError("two server name extensions");
    found = onlyName(body);
  }
  return found;
}

function onlyName(extension: Buffer): string {
  const names = new Reader(new Reader(extension).vector(2));
  const type = names.number(1);
  const name = names.vector(2);
  if (type !== 0 || !names.done) throw new RangeError("expected one host name");
  return name.toString("latin1");
}

/** Reads big-endian numbers and length-prefixed vectors; a RangeError beyond the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  skip(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new RangeError("beyond the end");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  number(width: number): number {
    return this.skip(width).readUIntBE(0, width);
  }

  vector(width: number): Buffer {
    return this.skip(this.number(width));
  }
}
