import { once } from "node:events";
import { expect, test } from "vitest";
import { drain, drainText } from "./__fixtures__/drain.ts";
import { memoryPair } from "./memory-pair.ts";

test("each end reads what the other writes, and an end is a half-close", async () => {
  const [a, b] = memoryPair();
  a.end("ping");
  expect(await drainText(b)).toBe("ping");
  b.end("pong");
  expect(await drainText(a)).toBe("pong");
});

test("destroying one end is an end of file for the other, whose next write fails", async () => {
  const [a, b] = memoryPair();
  a.destroy();
  expect(await drainText(b)).toBe("");
  const failed = once(b, "error");
  b.write("x");
  expect((await failed)[0]).toMatchObject({ code: "EPIPE" });
});

test("destroying one end with an error, or with bytes unread, resets the other", async () => {
  for (const misbehave of ["error", "unread"] as const) {
    const [a, b] = memoryPair();
    if (misbehave === "unread") b.write("nobody reads this");
    const broken = once(b, "error");
    a.destroy(misbehave === "error" ? new Error("gone") : undefined);
    expect((await broken)[0]).toMatchObject({ code: "ECONNRESET" });
  }
});

test("a writer waits for its reader", async () => {
  const [a, b] = memoryPair();
  let written = false;
  a.write(Buffer.alloc(1 << 20), () => {
    written = true;
  });
  await new Promise(setImmediate);
  expect(written).toBe(false);
  b.resume();
  await new Promise(setImmediate);
  expect(written).toBe(true);
});

test("a writer whose reader leaves instead fails", async () => {
  const [a, b] = memoryPair();
  const writing = new Promise((resolve) => a.write(Buffer.alloc(1 << 20), resolve));
  b.destroy();
  expect(await writing).toMatchObject({ code: "EPIPE" });
});

test("many megabytes pass whole", async () => {
  const [a, b] = memoryPair();
  const data = Buffer.alloc(5_000_000, "abcdefg");
  a.end(data);
  expect((await drain(b)).equals(data)).toBe(true);
});
