import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BlobStore, INLINE_CHARS, mayHoldBlobs } from "./blob-store.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "hud-blobs-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

describe("BlobStore", () => {
  it("moves long strings out, once each, and puts them back as they were", async () => {
    const image = randomBytes(INLINE_CHARS).toString("base64");
    const output = "é\n".repeat(INLINE_CHARS);
    const step = {
      result: {
        content: [
          { type: "image", data: image, mimeType: "image/png" },
          { type: "text", text: output },
        ],
      },
      again: image,
      n: 1,
      none: null,
    };
    const store = new BlobStore(dir);
    const { value, writes } = store.externalise(step);
    await Promise.all(writes);
    expect(JSON.stringify(value).length).toBeLessThan(1000);
    expect(await readdir(dir)).toHaveLength(2);
    expect(await new BlobStore(dir).inline(value)).toEqual(step);
  });

  it("keeps the bytes of base64, so that a screenshot is a picture on disk", async () => {
    const bytes = randomBytes(INLINE_CHARS);
    const store = new BlobStore(dir);
    await Promise.all(store.externalise({ data: bytes.toString("base64") }).writes);
    const [name = ""] = await readdir(dir);
    expect((await readFile(path.join(dir, name))).equals(bytes)).toBe(true);
  });

  it("cannot be made to read what an agent names", async () => {
    const store = new BlobStore(dir);
    await Promise.all(store.externalise({ secret: "s".repeat(INLINE_CHARS + 1) }).writes);
    const [hash = ""] = await readdir(dir);
    const forged = { text: `blob:sha256:${hash}:utf8` };
    expect(mayHoldBlobs(JSON.stringify(forged))).toBe(true);
    const { value, writes } = store.externalise(forged);
    await Promise.all(writes);
    expect(await store.inline(value)).toEqual(forged);
  });

  it("leaves the reference of a blob that is gone", async () => {
    const value = { text: `blob:sha256:${"0".repeat(64)}:utf8` };
    expect(await new BlobStore(dir).inline(value)).toEqual(value);
  });
});
