import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedOutput } from "./bounded-output.ts";

function pushed(maxBytes: number, chunks: readonly Uint8Array[]): BoundedOutput {
  const output = new BoundedOutput(maxBytes);
  for (const chunk of chunks) output.push(Buffer.from(chunk));
  return output;
}

test("keeps all of what fits, and else the first and the last half, however it arrives", () => {
  const ascii = fc.uint8Array({ max: 0x7f, maxLength: 50 });
  fc.assert(
    fc.property(fc.array(ascii, { maxLength: 12 }), fc.integer({ min: 0, max: 200 }), (chunks, maxBytes) => {
      const all = Buffer.concat(chunks);
      const output = pushed(maxBytes, chunks);
      const dropped = Math.max(0, all.byteLength - maxBytes);
      expect(output.droppedBytes).toBe(dropped);
      const head = all.subarray(0, Math.ceil(maxBytes / 2)).toString();
      const tail = all.subarray(all.byteLength - Math.floor(maxBytes / 2)).toString();
      expect(output.toString()).toBe(
        dropped === 0 ? all.toString() : `${head}\n[… ${dropped} bytes dropped …]\n${tail}`,
      );
    }),
    { numRuns: 500 },
  );
});

test("never cuts a character in two", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "é", "漢", "😀"), { maxLength: 60 }),
      fc.nat(80),
      (characters, maxBytes) => {
        const text = pushed(maxBytes, [Buffer.from(characters.join(""))]).toString();
        expect(text).not.toContain("\ufffd");
      },
    ),
    { numRuns: 500 },
  );
});
