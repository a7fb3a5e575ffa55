import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { randomId } from "../../util/ids.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";

/** Longest string, in UTF-16 units, that stays in a trace line. */
export const INLINE_CHARS = 16_384;

// `blob:sha256:<hash of the file's bytes>:<how the string is made from them>`
const REFERENCE = /^blob:sha256:([0-9a-f]{64}):(base64|utf8)$/;

/** Moves long strings of steps (screenshots, large outputs) into files named by their hash, each written once. */
export class BlobStore {
  readonly #dir: string;
  readonly #written = new Map<string, Promise<void>>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The value with references for its long strings, and the writes they wait for. */
  externalise(value: JsonObject): { readonly value: JsonObject; readonly writes: readonly Promise<void>[] } {
    const writes: Promise<void>[] = [];
    const out = mapStrings(value, (text) => {
      // A short string that reads like a reference is moved too, so that reading back cannot mistake it for one.
      if (text.length <= INLINE_CHARS && !REFERENCE.test(text)) return text;
      const base64 = Buffer.from(text, "base64");
      const isBase64 = base64.byteLength > 0 && base64.toString("base64") === text;
      const bytes = isBase64 ? base64 : Buffer.from(text, "utf8");
      const hash = createHash("sha256").update(bytes).digest("hex");
      writes.push(this.#write(hash, bytes));
      return `blob:sha256:${hash}:${isBase64 ? "base64" : "utf8"}`;
    });
    return { value: out as JsonObject, writes };
  }

  /** The value with the blobs' content put back; a blob that is gone leaves its reference. */
  async inline(value: JsonObject): Promise<JsonObject> {
    const contents = new Map<string, string>();
    const references = new Set<string>();
    mapStrings(value, (text) => {
      if (REFERENCE.test(text)) references.add(text);
      return text;
    });
    for (const reference of references) {
      const content = await this.#read(reference);
      if (content !== undefined) contents.set(reference, content);
    }
    return mapStrings(value, (text) => contents.get(text) ?? text) as JsonObject;
  }

  #write(hash: string, bytes: Buffer): Promise<void> {
    const known = this.#written.get(hash);
    if (known !== undefined) return known;
    const writing = this.#place(hash, bytes);
    this.#written.set(hash, writing);
    return writing;
  }

  async #place(hash: string, bytes: Buffer): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const draft = path.join(this.#dir, `draft.${randomId()}`);
    await writeFile(draft, bytes, { mode: 0o600 });
    await rename(draft, path.join(this.#dir, hash)); // a name that is a hash never holds half its bytes
  }

  async #read(reference: string): Promise<string | undefined> {
    const [, hash = "", encoding] = REFERENCE.exec(reference) ?? [];
    try {
      const bytes = await readFile(path.join(this.#dir, hash));
      return bytes.toString(encoding === "base64" ? "base64" : "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}

/** Whether encoded JSON may hold something for {@link BlobStore.externalise}; cheap, and never wrongly false. */
export function mayHoldBlobs(line: string): boolean {
  return line.length > INLINE_CHARS || line.includes("blob:sha256:");
}

function mapStrings(value: Json | undefined, map: (text: string) => string): Json | undefined {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapStrings(item, map) ?? null);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapStrings(member as Json, map)]));
  }
  return value;
}
