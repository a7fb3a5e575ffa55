import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter, LineTooLongError } from "./line-splitter.ts";

/** Feeds chunks through a splitter, as a reader does. */
function split(chunks: readonly Buffer[], maxBytes: number): { lines: string[]; rest: string } {
  const splitter = new LineSplitter(maxBytes);
  const lines: string[] = [];
  for (const chunk of chunks) {
    let pending: Buffer | undefined = chunk;
    while (pending !== undefined && pending.byteLength > 0) {
      const found = splitter.push(pending);
      if (found !== undefined) lines.push(found.line.toString("utf8"));
      pending = found?.rest;
    }
  }
  return { lines, rest: splitter.flush().toString("utf8") };
}

test("gives the same lines however the bytes arrive", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.array(fc.nat(7)), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll("\n", " "));
      const bytes = Buffer.from(`${lines.map((line) => `${line}\n`).join("")}tail`);
      const chunks: Buffer[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = 1 + (cuts[i % Math.max(1, cuts.length)] ?? 3);
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(split(chunks, 1 << 20)).toEqual({ lines, rest: "tail" });
    }),
  );
});

test("takes a line of exactly the limit and refuses one byte more, saying whether the end was seen", () => {
  expect(split([Buffer.from("12345678\n")], 8).lines).toEqual(["12345678"]);
  const refuse = (text: string) => {
    try {
      split([Buffer.from(text)], 8);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  expect(refuse("123456789\n")).toEqual(expect.objectContaining({ bytes: 9, complete: true }));
  expect(refuse("123456789")).toEqual(expect.objectContaining({ bytes: 9, complete: false }));
  expect(refuse("123456789")).toBeInstanceOf(LineTooLongError);
});
