import { once } from "node:events";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { drain, drainText } from "./__fixtures__/drain.ts";
import { tcpPair } from "./__fixtures__/tcp-pair.ts";
import { memoryPair } from "./memory-pair.ts";
import { joinStreams } from "./tunnel.ts";

interface Joined {
  readonly left: Duplex;
  readonly right: Duplex;
  readonly done: Promise<void>;
}

async function joined(kind: string): Promise<Joined> {
  const [left, a] = await tcpPair();
  const [right, b] = kind === "tcp to tcp" ? await tcpPair() : memoryPair();
  right.on("error", () => {});
  return { left, right, done: joinStreams(a, b) };
}

const kinds = ["tcp to tcp", "tcp to memory"];

test.each(kinds)("%s: the end of one direction is passed on while the other goes on", async (kind) => {
  const { left, right, done } = await joined(kind);
  left.end("request");
  expect(await drainText(right)).toBe("request");
  right.end("the whole reply, after the request has ended");
  expect(await drainText(left)).toBe("the whole reply, after the request has ended");
  await done;
});

test.each(kinds)("%s: the far side may end first as well", async (kind) => {
  const { left, right, done } = await joined(kind);
  right.end("greeting");
  expect(await drainText(left)).toBe("greeting");
  left.end("answer");
  expect(await drainText(right)).toBe("answer");
  await done;
});

test.each(kinds)("%s: a reset of one side resets the other, not a clean end", async (kind) => {
  for (const [breaking, kept] of [
    ["left", "right"],
    ["right", "left"],
  ] as const) {
    const streams = await joined(kind);
    streams[kept].write("x");
    await once(streams[breaking], "readable");
    streams[breaking].read();
    const broken = once(streams[kept], "error");
    streams[kept].resume();
    if (breaking === "left" || kind === "tcp to tcp")
      (streams[breaking] as Duplex & { resetAndDestroy(): void }).resetAndDestroy();
    else streams[breaking].destroy(new Error("reset"));
    expect((await broken)[0]).toMatchObject({ code: "ECONNRESET" });
    await streams.done;
  }
});

test.each(kinds)("%s: a slow reader holds its writer back, and nothing is lost", async (kind) => {
  const { left, right, done } = await joined(kind);
  const data = Buffer.alloc(24 << 20, "0123456789");
  let drained = false;
  left.end(data, () => {
    drained = true;
  });
  await once(right, "readable");
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  expect(drained).toBe(false);
  right.end();
  left.resume();
  expect((await drain(right)).equals(data)).toBe(true);
  await done;
});
