import fc from "fast-check";
import { expect, test } from "vitest";
import { TailBuffer } from "./tail-buffer.ts";

test("keeps exactly the last bytes and says when something was dropped", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ max: 0x7f, maxLength: 20 })),
      fc.integer({ min: 1, max: 32 }),
      (chunks, maxBytes) => {
        const buffer = new TailBuffer(maxBytes);
        for (const chunk of chunks) buffer.push(chunk);
        const all = Buffer.concat(chunks);
        const kept = all.subarray(Math.max(0, all.byteLength - maxBytes)).toString("utf8");
        expect(buffer.toString()).toBe(all.byteLength > maxBytes ? `…${kept}` : kept);
      },
    ),
  );
});
