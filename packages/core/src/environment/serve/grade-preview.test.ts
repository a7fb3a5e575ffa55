import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../util/json-types.ts";
import { gradePreview } from "./grade-preview.ts";

test("a grade that fits stays as it is", () => {
  const frame = { score: 1, content: "x" };
  expect(gradePreview(frame, 1_000)).toBe(frame);
});

test("long texts are cut, the rest of the grade survives, and the cut is said", () => {
  const info = { stdout: "y".repeat(100_000), exit: 0 };
  const subscores = [{ name: "bash", weight: 1, value: 1, children: null, info }];
  const frame = { done: true, content: "short", info, subscores, score: 1 };
  const preview = gradePreview(frame, 20_000);
  expect(preview["content"]).toBe("short");
  expect(preview["info"]).toMatchObject({
    exit: 0,
    stdout: `${"y".repeat(4_096)}… [cut: 100000 characters in all]`,
    truncated: { bytes: JSON.stringify(frame).length, maxBytes: 20_000 },
  });
  expect(JSON.stringify(preview).length).toBeLessThanOrEqual(20_000);
});

test("no character is cut in half", () => {
  const preview = gradePreview({ score: 1, content: `x${"😀".repeat(40_000)}` }, 70_000);
  expect(JSON.stringify(preview)).not.toContain("\\ud83d");
});

test("whatever a grade holds, its preview fits and keeps the score", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (extra, score) => {
        const frame = { ...(extra as JsonObject), score, isError: true, padding: "é".repeat(5_000) };
        const preview = gradePreview(frame, 1_000);
        expect(Buffer.byteLength(JSON.stringify(preview))).toBeLessThanOrEqual(1_000);
        expect(preview["score"]).toBe(score);
        expect(preview["isError"]).toBe(true);
      },
    ),
  );
});
