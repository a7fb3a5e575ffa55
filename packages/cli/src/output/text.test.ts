import { expect, test } from "vitest";
import { bothEnds, localTime } from "./text.ts";

test("a long slug keeps the digits that tell it from its neighbours", () => {
  expect(bothEnds("count-letter-001a8858", 21)).toBe("count-letter-001a8858");
  expect(bothEnds("count-letter-of-a-long-word-001a8858", 20)).toBe("count-lett…-001a8858");
});

test("a moment is shown to the minute", () => {
  expect(localTime("2026-11-21T10:12:34.567Z")).toMatch(/^2026-11-2[012] \d\d:\d\d$/);
});
