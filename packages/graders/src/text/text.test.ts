import { describe, expect, test } from "vitest";
import { answerText } from "./answer-text.ts";
import { contains, containsAll, containsAny } from "./contains.ts";
import { exactMatch } from "./exact-match.ts";
import { f1Score } from "./f1-score.ts";
import { normalize } from "./normalize.ts";

describe("normalize", () => {
  test.each([
    ["  The Answer is: 42! ", "answer is 42"],
    ["don't", "don t"],
    ["A.B,C", "b c"],
    ["an_a the", "an_a"],
    ["e\u0301x", "e x"],
    ["日本、語", "日本 語"],
    ["half½ Ⅷ", "half½ ⅷ"],
    ["the-a", ""],
    ["x\u001cy\u0085z", "x y z"],
    ["x\ufeffy", "x y"],
    ["\ufeff", ""],
    ["AN apple, THE pear", "apple pear"],
    ["theatre a1 ana", "theatre a1 ana"],
    ["𝐀 a̲", "𝐀"],
    ["", ""],
  ])("%j is %j", (text, expected) => {
    expect(normalize(text)).toBe(expected);
  });

  test("is done when it is done", () => {
    for (const text of ["The  a the x", "A-an-THE: b_c", "½ 語 the"]) {
      expect(normalize(normalize(text))).toBe(normalize(text));
    }
  });
});

describe("answerText", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);

  test.each([
    ["text", "text"],
    [null, ""],
    [undefined, ""],
    [5, "5"],
    [5n, "5"],
    [Number.NaN, "NaN"],
    [true, "true"],
    [["a", 1], '["a",1]'],
    [{ a: null }, '{"a":null}'],
    [{ ok: true, content: "done", raw: "x" }, "done"],
    [{ ok: true, content: { n: 1 }, raw: "x" }, '{"n":1}'],
    [{ ok: false, content: "done", raw: "done", issues: [] }, ""],
    [{ ok: true, content: "no raw, so no Answer" }, '{"ok":true,"content":"no raw, so no Answer"}'],
    [cycle, ""],
    [() => 1, ""],
    [Symbol("s"), ""],
    [Object.create(null), "{}"],
  ])("case %#", (answer, expected) => {
    expect(answerText(answer)).toBe(expected);
  });
});

describe("exactMatch", () => {
  test.each([
    ["The  answer!", "answer", { value: 1 }],
    ["answer", "answers", { value: 0 }],
    [" Done ", "done", { normalize: false, value: 1 }],
    ["done!", "done", { normalize: false, value: 0 }],
    ["\u001cdone\u0085", "DONE", { normalize: false, value: 1 }],
    ["\ufeffdone", "done", { normalize: false, value: 0 }],
    [null, "None", { value: 0 }],
    [null, "", { value: 1 }],
    [3, 3, { value: 1 }],
    [{ ok: true, content: 3, raw: "3" }, 3, { value: 1 }],
    [{ ok: false, content: null, raw: "3", issues: [] }, 3, { value: 0 }],
  ])("case %#: %j against %j", (answer, expected, { value, ...options }) => {
    expect(exactMatch(answer, expected, options)).toBe(value);
  });

  test("takes time in proportion to the answer", () => {
    const blanks = `x${" ".repeat(1_000_000)}y`;
    expect(exactMatch(blanks, "x y", { normalize: true })).toBe(1);
    expect(exactMatch(blanks, "x y", { normalize: false })).toBe(0);
  });
});

describe("contains", () => {
  test("takes lower-cased substrings, or exact ones", () => {
    expect(contains("Hello World", "WORLD")).toBe(1);
    expect(contains("Hello World", "WORLD", { caseSensitive: true })).toBe(0);
    expect(contains("Hello World", "World", { caseSensitive: true })).toBe(1);
    expect(contains("Hello, World", "Hello World")).toBe(0);
    expect(contains(null, "none")).toBe(0);
    expect(contains(null, "")).toBe(1);
  });

  test("any of several, all of several", () => {
    expect(containsAny("red green", ["blue", "GREEN"])).toBe(1);
    expect(containsAny("red green", ["blue"])).toBe(0);
    expect(containsAny("red", [])).toBe(0);
    expect(containsAll("red green", ["green", "RED"])).toBe(1);
    expect(containsAll("red green", ["green", "RED"], { caseSensitive: true })).toBe(0);
    expect(containsAll("red green", ["green", "blue"])).toBe(0);
    expect(containsAll("red", [])).toBe(1);
  });
});

describe("f1Score", () => {
  test.each([
    ["The capital is Paris, France", "Paris", 0.4],
    ["Paris", "The capital is Paris, France", 0.4],
    ["the same words", "Same WORDS!", 1],
    ["x x y", "x y y", 2 / 3],
    ["", "Paris", 0],
    ["Paris", "", 0],
    ["the", "the", 0],
    [null, null, 0],
    ["London", "Paris", 0],
  ])("%j against %j is %d", (answer, reference, value) => {
    expect(f1Score(answer, reference)).toBeCloseTo(value, 12);
  });
});
