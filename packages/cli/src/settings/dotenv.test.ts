import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDotenv, setDotenvKey } from "./dotenv.ts";

test("reads plain, quoted, exported and commented lines", () => {
  const text = [
    "# keys",
    "PLAIN=value # a comment",
    "export EXPORTED = spaced ",
    "SINGLE='it\\'s # not a comment'",
    'DOUBLE="a\\nb \\"c\\""',
    "EMPTY=",
    "HASH='#'",
    'MULTI="one',
    'two"',
    "not a pair",
    "LAST=1",
    "LAST=2",
  ].join("\n");
  expect(parseDotenv(text)).toEqual({
    PLAIN: "value",
    EXPORTED: "spaced",
    SINGLE: "it's # not a comment",
    DOUBLE: 'a\nb "c"',
    EMPTY: "",
    HASH: "#",
    MULTI: "one\ntwo",
    LAST: "2",
  });
});

test("reads files with Windows line ends", () => {
  expect(parseDotenv("A=1\r\nB='2'\r\n")).toEqual({ A: "1", B: "2" });
});

test("sets a key in place and keeps every other line", () => {
  const before = "# mine\nA=1\nB='2'\nA=3";
  const after = setDotenvKey(before, "A", "new");
  expect(after).toContain("# mine\nA='new'\nB='2'");
  expect(parseDotenv(after)).toEqual({ A: "new", B: "2" });
  expect(parseDotenv(setDotenvKey("B=2", "A", "1"))).toEqual({ A: "1", B: "2" });
});

test("what is set is what is read, whatever the value and whatever stands in the file", () => {
  const unit = fc.constantFrom("'", '"', "\\", "\n", "#", "=", " ", "$", "n", "A=1\n", "é");
  const value = fc.string({ unit }).map((text) => text.replaceAll("\r\n", "\n"));
  fc.assert(
    fc.property(value, value, (first, second) => {
      const text = setDotenvKey(setDotenvKey(setDotenvKey("", "A", first), "B", second), "A", second);
      expect(parseDotenv(text)).toEqual({ A: second, B: second });
    }),
  );
});
