import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonSyntaxError, NumberToken, nodeToValue, parseJson, parseJsonNode } from "./json.ts";

describe("parseJsonNode", () => {
  test("keeps the spelling of numbers", () => {
    expect(parseJsonNode("[1, 1.0, -0.0, 1e16, 12345678901234567890]")).toEqual(
      ["1", "1.0", "-0.0", "1e16", "12345678901234567890"].map((text) => new NumberToken(text)),
    );
  });

  test("gives what JSON.parse gives, for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        if (text.includes("__proto__")) return;
        expect(nodeToValue(parseJsonNode(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("refuses what JSON.parse refuses", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:0-1.eE\\ntfu\u0000 '), maxLength: 12 }), (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => parseJsonNode(text)).toThrow(JsonSyntaxError);
          return;
        }
        expect(nodeToValue(parseJsonNode(text))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['{"a": 1,\n "b": }', 2, 7, "expected a value"],
    ['{"a" 1}', 1, 6, "expected ':'"],
    ['["a', 1, 4, "unterminated string"],
    ["[1] 2", 1, 5, "unexpected text after the value"],
    ["", 1, 1, "unexpected end"],
  ])("says where %j goes wrong", (...[text, line, column, problem]) => {
    expect(() => parseJsonNode(text)).toThrow(
      expect.objectContaining({ line, column, message: `${problem} at line ${line}, column ${column}` }),
    );
  });

  test.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("takes no %s nested so deep that writing them overflows the stack", (_what, open, close) => {
    expect(() => parseJson(`${open.repeat(30_000)}1${close.repeat(30_000)}`)).toThrow(/nesting deeper than/);
  });

  test("counts no bracket of a string, nor those that are closed", () => {
    const value = ["[{".repeat(5_000), ...Array.from({ length: 5_000 }, () => ({ a: [] }))];
    expect(parseJson(JSON.stringify(value))).toEqual(value);
  });

  test("bounds nesting instead of overflowing the stack", () => {
    expect(() => parseJsonNode("[".repeat(100_000))).toThrow(/nesting deeper than/);
  });
});

describe("parseJson", () => {
  test("reads the tokens of a Python peer", () => {
    expect(parseJson('{"a": NaN, "b": [Infinity, -Infinity]}')).toEqual({ a: Number.NaN, b: [Infinity, -Infinity] });
  });

  test("refuses __proto__ as a member name, and only there", () => {
    expect(() => parseJson('{"__proto__": {"x": 1}}')).toThrow(JsonSyntaxError);
    expect(parseJson('["\\"__proto__\\""]')).toEqual(['"__proto__"']);
  });
});
