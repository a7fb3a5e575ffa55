import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findNumber } from "./find-number.ts";
import { numericMatch } from "./numeric-match.ts";

/** The reference's table; only `1,234.5` reads differently with grouping. */
const VECTORS: readonly (readonly [string, number | undefined])[] = [
  ["--7", -7],
  ["1e", 1],
  ["1e5", 100000],
  ["+4", 4],
  ["5e+", 5],
  ["-.5", -0.5],
  ["+-4", -4],
  ["e5", 5],
  ["2E-3x", 0.002],
  ["-+4", 4],
  [".e5", 5],
  ["3.", 3],
  ["- 5", 5],
  ["1e5.5", 100000],
  ["1.2.3", 1.2],
  ["v2 is 10", 2],
  ["0x10", 0],
  ["a.5", 0.5],
  ["1_000", 1],
  ["1e400", Number.POSITIVE_INFINITY],
  ["5..6", 5],
  ["٣", 3],
  ["½", undefined],
  ["-", undefined],
  ["abc", undefined],
  ["", undefined],
];

describe("findNumber", () => {
  test.each(VECTORS)("in %j is %s, grouped or not", (text, found) => {
    expect(findNumber(text, "none")).toBe(found);
    expect(findNumber(text, "comma")).toBe(found);
  });

  test.each([
    ["1,234.5", 1234.5, 1],
    ["$1,234,567 in all", 1234567, 1],
    ["-12,345", -12345, -12],
    ["1,234.", 1234, 1],
    ["1,234e2", 123400, 1],
    ["1,234, 5", 1234, 1],
    ["(1,234)", 1234, 1],
    ["١,٢٣٤", 1234, 1],
    ["0.5,678", 0.5, 0.5],
    ["1,23", 1, 1],
    ["1,2345", 1, 1],
    ["1,234,56", 1, 1],
    ["1,234,5678", 1, 1],
    ["1234,567", 1234, 1234],
    ["0,123", 0, 0],
    ["12,34,567", 12, 12],
    ["1, 234", 1, 1],
    [",234", 234, 234],
    ["1.234,567", 1.234, 1.234],
  ])("in %j is %d with commas and %d without", (text, grouped, plain) => {
    expect(findNumber(text, "comma")).toBe(grouped);
    expect(findNumber(text, "none")).toBe(plain);
  });

  test("reads the digits of every script", () => {
    const zeros = ["٠", "۰", "०", "０", "𝟎", "𝟘", "𝟢", "𝟬", "𝟶", "🯰"];
    for (const zero of zeros) {
      const start = zero.codePointAt(0) ?? 0;
      const digits = [...Array(10).keys()].map((digit) => String.fromCodePoint(start + digit)).join("");
      expect(findNumber(`n${digits}`, "comma")).toBe(123456789);
    }
  });

  test("reads back every double that JavaScript writes, with and without grouping", () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
        expect(findNumber(`x ${value} y`, "none")).toBe(value === 0 ? 0 : value);
      }),
    );
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(findNumber(value.toLocaleString("en-US"), "comma")).toBe(value);
      }),
    );
  });

  test("agrees with the plain reading wherever there is no comma", () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from("0123456789+-.eE x")), maxLength: 20 });
    fc.assert(
      fc.property(text, (given) => {
        expect(findNumber(given, "comma")).toBe(findNumber(given, "none"));
      }),
    );
  });

  test("takes time in proportion to the text", () => {
    const hostile = [`${"1,234,".repeat(100_000)}5`, "+-".repeat(300_000), ".e".repeat(300_000), "9".repeat(600_000)];
    for (const text of hostile) expect(() => findNumber(text, "comma")).not.toThrow();
  });
});

describe("numericMatch", () => {
  test.each([
    ["It is 1,234.5.", 1234.5, { value: 1 }],
    ["It is 1,234.5.", 1, { grouping: "none", value: 1 }],
    ["10.05", 10, { tolerance: 0.05, value: 0 }],
    ["10.04", 10, { tolerance: 0.05, value: 1 }],
    ["1e400", Number.POSITIVE_INFINITY, { value: 0 }],
    ["1e400", 1, { tolerance: Number.POSITIVE_INFINITY, value: 0 }],
    [null, 0, { value: 0 }],
    ["", 0, { value: 0 }],
    [7, 7, { value: 1 }],
    [{ ok: true, content: 7, raw: "7" }, 7, { value: 1 }],
    [{ ok: false, content: 7, raw: "7" }, 7, { value: 0 }],
  ] as const)("case %#: %j against %d", (answer, expected, { value, ...options }) => {
    expect(numericMatch(answer, expected, options)).toBe(value);
  });

  test("refuses an expectation that nothing can meet", () => {
    expect(() => numericMatch("1", Number.NaN)).toThrow("expected must be a number, got NaN");
    expect(() => numericMatch("1", 1, { tolerance: -1 })).toThrow("tolerance must be at least 0, got -1");
    expect(() => numericMatch("1", 1, { tolerance: Number.NaN })).toThrow("tolerance must be at least 0, got NaN");
  });
});
