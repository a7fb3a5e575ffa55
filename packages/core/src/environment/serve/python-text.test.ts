import { expect, test } from "vitest";
import { pythonRepr, pythonReprList, pythonTypeName } from "./python-text.ts";

test.each([
  ["nope", "'nope'"],
  ["", "''"],
  ["it's", `"it's"`],
  [`"it's"`, `'"it\\'s"'`],
  ['say "x"', `'say "x"'`],
  ["a\\b\n\t\r", "'a\\\\b\\n\\t\\r'"],
  ["\x00\x7f\u0085", "'\\x00\\x7f\\x85'"],
  ["日本é😀", "'日本é😀'"],
  ["\ud800", "'\\ud800'"],
])("repr of %j", (text, repr) => {
  expect(pythonRepr(text)).toBe(repr);
});

test("a list's repr, and the names of types", () => {
  expect(pythonReprList(["a", "it's"])).toBe(`['a', "it's"]`);
  expect([null, undefined, [], {}, "x", true].map(pythonTypeName)).toEqual([
    "NoneType",
    "NoneType",
    "list",
    "dict",
    "str",
    "bool",
  ]);
});
