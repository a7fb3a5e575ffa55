import { Duplex } from "node:stream";
import { connect } from "node:tls";
import { withResolvers } from "@hud-ts/core/adapter";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readClientHello } from "./client-hello.ts";

/** The first bytes that Node's own TLS client sends. */
async function helloFor(options: { servername?: string }): Promise<Buffer> {
  const sent = withResolvers<Buffer>();
  const wire = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      sent.resolve(chunk);
      done();
    },
  });
  const socket = connect({ socket: wire, ...options });
  socket.on("error", () => {});
  const hello = await sent.promise;
  socket.destroy();
  return hello;
}

const hello = await helloFor({ servername: "Example.com" });

describe("a hello", () => {
  test("tells the server's name", () => {
    expect(readClientHello(hello)).toEqual({ kind: "hello", serverName: "Example.com" });
  });

  test("may ask for none", async () => {
    expect(readClientHello(await helloFor({}))).toEqual({ kind: "hello", serverName: undefined });
  });

  test("is incomplete until its last byte", () => {
    for (let length = 0; length < hello.length; length++) {
      expect(readClientHello(hello.subarray(0, length))).toEqual({ kind: "incomplete" });
    }
  });

  test("may be spread over records, even with its name torn apart", () => {
    const message = hello.subarray(5);
    const record = (part: Buffer) =>
      Buffer.concat([Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part]);
    for (const size of [1, 7, 100, message.length - 1]) {
      const records: Buffer[] = [];
      for (let at = 0; at < message.length; at += size) records.push(record(message.subarray(at, at + size)));
      expect(readClientHello(Buffer.concat(records))).toEqual({ kind: "hello", serverName: "Example.com" });
    }
  });

  test("with bytes of a following message is read all the same", () => {
    expect(readClientHello(Buffer.concat([hello, hello])).kind).toBe("hello");
  });
});

describe("what is no hello", () => {
  test.each([
    "GET / HTTP/1.1\r\n\r\n",
    "SSH-2.0-x\r\n",
    "\x16\x02\x00",
    "\x15\x03\x01\x00\x02\x02\x28",
    "\x16\x03\x01\x00\x00",
  ])("%j", (text) => {
    expect(readClientHello(Buffer.from(text, "latin1"))).toEqual({ kind: "not-tls" });
  });

  test("a name twice, which two readers may read differently", () => {
    const name = Buffer.from("Example.com");
    const at = hello.indexOf(name) - 9;
    const extension = hello.subarray(at, at + 9 + name.length);
    expect(extension.readUInt16BE(0)).toBe(0);
    const doubled = Buffer.concat([hello.subarray(0, at), extension, hello.subarray(at)]);
    const grow = (offset: number, width: number) =>
      doubled.writeUIntBE(doubled.readUIntBE(offset, width) + extension.length, offset, width);
    grow(3, 2);
    grow(6, 3);
    grow(extensionsLengthAt(hello), 2);
    expect(readClientHello(doubled)).toEqual({ kind: "not-tls" });
  });

  test("any other bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(hello.length - 1), (noise, at) => {
        const spoiled = Buffer.concat([hello.subarray(0, at), noise, hello.subarray(at + noise.length)]);
        expect(["incomplete", "not-tls", "hello"]).toContain(readClientHello(spoiled).kind);
      }),
      { numRuns: 500 },
    );
  });
});

function extensionsLengthAt(bytes: Buffer): number {
  let at = 5 + 4 + 2 + 32;
  at += 1 + (bytes[at] ?? 0);
  at += 2 + bytes.readUInt16BE(at);
  return at + 1 + (bytes[at] ?? 0);
}
