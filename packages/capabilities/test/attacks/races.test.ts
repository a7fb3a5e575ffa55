import { once } from "node:events";
import { cp, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepTrying, layOut, PRIVATE, SWAPPER } from "../../src/beneath/__fixtures__/battlefield.ts";
import { readBeneath } from "../../src/beneath/read-beneath.ts";
import { type Arena, arena, never } from "./arena.ts";

// The trusted side opens no path of the workspace by name: who lives in it swaps what stands there at any moment.
let ring: Arena;
let root: string;
beforeAll(async () => {
  ring = await arena();
  root = ring.inside.root;
  layOut(root, join(dirname(root), "outside"));
  await cp(SWAPPER, join(root, "swapper.mjs"));
  const swapper = await ring.inside.sandbox.start({ argv: ["node", "swapper.mjs", "."] }, { signal: never });
  await once(swapper.stdout, "data");
});
afterAll(() => ring[Symbol.asyncDispose]());

async function leaks(read: (path: string) => Promise<Buffer>, options: { forMs: number; untilLeak: boolean }) {
  const seen = { private: 0, public: 0 };
  const attempt = async () => {
    for (const path of ["dir/file", "file"]) {
      const content = await read(path).catch(() => undefined);
      if (String(content) === PRIVATE) seen.private += 1;
      else if (content !== undefined) seen.public += 1;
    }
  };
  await keepTrying(attempt, { forMs: options.forMs, decided: () => options.untilLeak && seen.private > 0 });
  return seen;
}

test("a reader by name is led out of the workspace by what runs inside", async () => {
  const seen = await leaks((path) => readFile(join(root, path)), { forMs: 10_000, untilLeak: true });
  expect(seen.private).toBeGreaterThan(0);
});

test("a reader beneath the workspace is not", async () => {
  const seen = await leaks((path) => readBeneath(root, path), { forMs: 1000, untilLeak: false });
  expect(seen.private).toBe(0);
  expect(seen.public).toBeGreaterThan(0);
});

test("and none waits for ever at a pipe", async () => {
  await ring.agent("mkfifo pipe");
  await expect(readBeneath(root, "pipe")).rejects.toMatchObject({ details: { reason: "not-regular" } });
});
