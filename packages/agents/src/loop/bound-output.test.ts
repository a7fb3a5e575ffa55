import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundResult, cutMiddle } from "./bound-output.ts";

const MARKER = /\n\[… (\d+) characters left out …\]\n/;

describe("cutMiddle", () => {
  it("keeps head and tail, says how much is gone, and never halves a character", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", minLength: 30, maxLength: 200 }),
        fc.integer({ min: 2, max: 60 }),
        (text, max) => {
          const cut = cutMiddle(text, max);
          fc.pre(text.length > max);
          const [marker = "", gone = ""] = MARKER.exec(cut) ?? [];
          const [head = "", tail = ""] = cut.split(marker);
          expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
          expect(head.length + tail.length + Number(gone)).toBe(text.length);
          expect(head.length + tail.length).toBeLessThanOrEqual(max);
          expect(Buffer.from(head + tail).toString()).toBe(head + tail);
        },
      ),
    );
  });
});

describe("boundResult", () => {
  const image = { type: "image" as const, data: "AAAA", mimeType: "image/png" };
  const text = (value: string) => ({ type: "text" as const, text: value });

  it("leaves what fits as it is", () => {
    const result = { content: [text("short"), image], isError: false, structuredContent: { a: 1 } };
    expect(boundResult(result, 5)).toBe(result);
  });

  it("shares the room among texts and keeps images", () => {
    const { content } = boundResult(
      { content: [text("a".repeat(90)), image, text("b".repeat(90))], isError: true },
      40,
    );
    expect(content[0]).toEqual(text(`${"a".repeat(10)}\n[… 70 characters left out …]\n${"a".repeat(10)}`));
    expect(content[1]).toBe(image);
    expect(content[2]).toEqual(text(`${"b".repeat(10)}\n[… 70 characters left out …]\n${"b".repeat(10)}`));
  });

  it("cuts the text of a resource, which the model reads as well", () => {
    const resource = { type: "resource" as const, resource: { uri: "file:///log", text: "l".repeat(100) } };
    const { content } = boundResult({ content: [resource, image], isError: false }, 20);
    expect(content).toEqual([text(`${"l".repeat(10)}\n[… 80 characters left out …]\n${"l".repeat(10)}`), image]);
    expect(boundResult({ content: [resource], isError: false }, 100).content).toEqual([resource]);
  });

  it("cuts a structured result that stands alone", () => {
    const bounded = boundResult({ content: [], isError: false, structuredContent: { rows: "x".repeat(100) } }, 20);
    expect(bounded).not.toHaveProperty("structuredContent");
    expect(JSON.stringify(bounded.content)).toContain("characters left out");
  });
});
