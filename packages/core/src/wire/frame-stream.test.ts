import { once } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../util/json-types.ts";
import { drainText } from "./__fixtures__/drain.ts";
import { GOLDEN_REPLIES, GOLDEN_REQUESTS } from "./__fixtures__/golden-frames.ts";
import { tcpPair } from "./__fixtures__/tcp-pair.ts";
import type { Frame } from "./frame.ts";
import { encodeFrame, FrameStream, parseFrame } from "./frame-stream.ts";
import { memoryPair } from "./memory-pair.ts";

async function readAll(frames: FrameStream): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  for (let frame = await frames.read(); frame !== undefined; frame = await frames.read()) all.push(frame);
  return all;
}

const frame = fc.dictionary(
  fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
  fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.constant(null)),
) as fc.Arbitrary<JsonObject>;

test("frames arrive whole however the bytes were split", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame), fc.array(fc.nat({ max: 40 })), fc.boolean(), async (sent, cuts, lastNewline) => {
      const [a, b] = memoryPair();
      let bytes = Buffer.from(sent.map((value) => `${JSON.stringify(value)}\n`).join(""));
      if (!lastNewline) bytes = bytes.subarray(0, -1);
      for (const cut of cuts) {
        a.write(bytes.subarray(0, cut));
        bytes = bytes.subarray(cut);
      }
      a.end(bytes);
      expect(await readAll(new FrameStream(b))).toEqual(sent);
    }),
    { numRuns: 40 },
  );
});

test("a line of exactly the limit passes, one byte more does not", async () => {
  const maxBytes = 1 << 20;
  const line = (bytes: number) => Buffer.from(`{"a":"${"x".repeat(bytes - 8)}"}\n`);
  const [a, b] = await tcpPair();
  const frames = new FrameStream(b, { maxReadBytes: maxBytes });
  a.write(line(maxBytes));
  expect((await frames.read())?.["a"]).toHaveLength(maxBytes - 8);
  a.write(line(maxBytes + 1));
  await expect(frames.read()).rejects.toMatchObject({ code: "FRAME_TOO_LARGE" });
  a.destroy();
  b.destroy();
});

test("what is too long for the peer fails before a byte is written", async () => {
  const [a, b] = memoryPair();
  const frames = new FrameStream(a, { maxWriteBytes: 64 });
  const request = (text: string): Frame => ({ jsonrpc: "2.0", id: 1, method: text });
  const overhead = encodeFrame(request("")).byteLength - 1;
  await expect(frames.write(request("x".repeat(65 - overhead)))).rejects.toMatchObject({
    code: "FRAME_TOO_LARGE",
    details: { bytes: 65, maxBytes: 64 },
  });
  await frames.write(request("x".repeat(64 - overhead)));
  expect(await new FrameStream(b).read()).toMatchObject({ method: "x".repeat(64 - overhead) });
});

test.each(["", "[1]", "1", "nonsense", '{"a":}', '{"__proto__":1}'])("the line '%s' is no frame", async (line) => {
  const [a, b] = memoryPair();
  a.end(`${line}\n`);
  await expect(new FrameStream(b).read()).rejects.toMatchObject({ code: "FRAME_INVALID" });
});

test("blanks and a carriage return around a frame do not matter, and Python's numbers are read", async () => {
  const [a, b] = memoryPair();
  a.end(' {"a":NaN,"b":-Infinity} \r\n');
  expect(await new FrameStream(b).read()).toEqual({ a: Number.NaN, b: Number.NEGATIVE_INFINITY });
});

test("a stream that breaks in the middle of a line is an error, not an end", async () => {
  const [a, b] = await tcpPair();
  const reading = new FrameStream(b).read();
  a.write('{"a":');
  await once(b, "readable");
  a.resetAndDestroy();
  await expect(reading).rejects.toMatchObject({ code: "PEER_CLOSED" });
});

test("detaching gives back the bytes read behind the last frame", async () => {
  const [a, b] = memoryPair();
  a.write('{"a":1}\nSSH-2.0-x\n');
  const frames = new FrameStream(b);
  await frames.read();
  a.end("more");
  expect(await drainText(frames.detach())).toBe("SSH-2.0-x\nmore");
});

test.each(Object.entries(GOLDEN_REQUESTS))("the %s request is written byte for byte", (_name, line) => {
  const parsed = parseFrame(Buffer.from(line));
  expect(encodeFrame(parsed as unknown as Frame).toString()).toBe(`${line}\n`);
});

test("every golden reply is a frame", () => {
  for (const line of Object.values(GOLDEN_REPLIES)) expect(parseFrame(Buffer.from(line))["jsonrpc"]).toBe("2.0");
});
