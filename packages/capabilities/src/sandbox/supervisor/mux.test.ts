import { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Mux } from "./mux.mjs";
import { WINDOW_BYTES } from "./mux-stream.mjs";

const ids = { readable: true, writable: true };

/** Two ends of one channel; what is written arrives in pieces of `pieceBytes`. */
function channel(pieceBytes: number): [Duplex, Duplex] {
  const make = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        for (let at = 0; at < bytes.byteLength; at += pieceBytes) other().push(bytes.subarray(at, at + pieceBytes));
        setImmediate(done);
      },
    });
  const left: Duplex = make(() => right);
  const right: Duplex = make(() => left);
  return [left, right];
}

function ends(pieceBytes = 1 << 20) {
  const messages: unknown[] = [];
  const losses: (Error | undefined)[] = [];
  const handlers = {
    message: (message: unknown) => messages.push(message),
    lost: (cause: Error | undefined) => losses.push(cause),
  };
  const [left, right] = channel(pieceBytes);
  return { near: new Mux(left, handlers), far: new Mux(right, handlers), messages, losses, left };
}

test("carries every byte of every stream in order, however the channel cuts them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 2000 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 100 }),
      async (contents, pieceBytes) => {
        const { near, far } = ends(pieceBytes);
        const arrived = contents.map((content, id) => {
          const [from, to] = [near.open(id, ids), far.open(id, ids)];
          from.end(content);
          to.end();
          from.resume();
          return buffer(to);
        });
        expect(await Promise.all(arrived)).toEqual(contents.map((content) => Buffer.from(content)));
      },
    ),
    { numRuns: 50 },
  );
});

test("sends no more than there is room for, while other streams and messages go on", async () => {
  const { near, far, messages } = ends();
  const [flood, unread] = [near.open(1, ids), far.open(1, ids)];
  const [other, read] = [near.open(2, ids), far.open(2, ids)];
  let taken = false;
  flood.write(Buffer.alloc(4 * WINDOW_BYTES), () => {
    taken = true;
  });
  other.end("through");
  near.send({ hello: 1 });
  read.end();
  expect(String(await buffer(read))).toBe("through");
  await expect.poll(() => messages).toEqual([{ hello: 1 }]);
  expect(taken).toBe(false);
  flood.end();
  expect((await buffer(unread)).byteLength).toBe(4 * WINDOW_BYTES);
  expect(taken).toBe(true);
});

test("takes more than there is room for as the end of the channel", async () => {
  const { near, losses, left } = ends();
  near.open(1, ids);
  const frame = Buffer.alloc(9 + WINDOW_BYTES + 1);
  frame.writeUInt32BE(WINDOW_BYTES + 1, 0);
  frame.writeUInt8(1, 4);
  frame.writeUInt32BE(1, 5);
  left.push(frame);
  await expect.poll(() => losses[0]?.message).toContain("more was sent");
});

test("takes a frame that is too long as the end of the channel", async () => {
  const { losses, left } = ends();
  left.push(Buffer.alloc(9, 0xff));
  await expect.poll(() => losses[0]?.message).toContain("frame of 4294967295 bytes");
});

test("drops what is written to a stream that nobody reads any more", async () => {
  const { near, far } = ends();
  const stream = near.open(1, ids);
  far.open(1, ids);
  stream.discard();
  await new Promise<void>((resolve) => stream.write(Buffer.alloc(4 * WINDOW_BYTES), () => resolve()));
});

test("tells the other side of a stream that is destroyed", async () => {
  const { near, far } = ends();
  const [stream, other] = [near.open(1, ids), far.open(1, ids)];
  stream.destroy();
  await expect(buffer(other)).rejects.toMatchObject({ code: "ECONNRESET" });
});
