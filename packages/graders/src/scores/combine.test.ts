import type { SubScore } from "@hud-ts/core/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { combine } from "./combine.ts";
import { combineAll, combineAny } from "./combine-one.ts";
import { score } from "./score.ts";
import { withUniqueNames } from "./unique-names.ts";

const named = (name: string): SubScore => score(name, 0);
const names = (subscores: readonly SubScore[] | null) => subscores?.map(({ name }) => name);

describe("score", () => {
  test("is a subscore that names its grader", () => {
    expect(score("says done", true, { weight: 0.2, info: { why: "it did", grader: "forged" } })).toEqual({
      name: "says done",
      weight: 0.2,
      value: 1,
      children: null,
      info: { why: "it did", grader: "score@1" },
    });
    expect(score("no weight", 0.5)).toMatchObject({ weight: 1, value: 0.5 });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -0.01, 1.01])("refuses the value %d", (value) => {
    expect(() => score("x", value)).toThrow(`subscore "x": value must be in [0, 1], got ${value}`);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("refuses the weight %d", (weight) => {
    expect(() => score("x", 1, { weight })).toThrow(`subscore "x": weight must be a finite number, got ${weight}`);
  });

  test("refuses an empty name", () => {
    expect(() => score("", 1)).toThrow('a subscore needs a name, got ""');
  });
});

describe("combine", () => {
  test("weighs by shares of the positive weights", async () => {
    const grade = await combine(score("a", 1, { weight: 3 }), score("b", 0.5), score("seen", 1, { weight: 0 }));
    expect(grade).toMatchObject({ reward: 0.875, done: true, content: null, isError: false });
    expect(grade.subscores?.map(({ weight }) => weight)).toEqual([0.75, 0.25, 0]);
    expect(grade.info).toEqual({ grader: "combine@1", unclampedReward: 0.875 });
  });

  test("takes penalties off the whole, and stops at 0", async () => {
    const mild = await combine(score("a", 1, { weight: 4 }), score("rude", 0.5, { weight: -0.5 }));
    expect(mild.reward).toBe(0.75);
    expect(mild.subscores?.map(({ weight }) => weight)).toEqual([1, -0.5]);

    const harsh = await combine(score("a", 1), score("rude", 1, { weight: -3 }));
    expect(harsh.reward).toBe(0);
    expect(harsh.info).toMatchObject({ unclampedReward: -2 });
  });

  test("is exactly 1 when every mark is full, whatever the weights", async () => {
    expect((await combine(...Array.from({ length: 10 }, () => score("a", 1, { weight: 0.1 })))).reward).toBe(1);
    const weights = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(weights, async (all) => {
        const grade = await combine(...all.map((weight) => score("a", 1, { weight })));
        expect(grade.reward).toBe(1);
      }),
    );
  });

  test("is finite and in [0, 1] for any values and weights", async () => {
    const part = fc.record({
      value: fc.double({ min: 0, max: 1, noNaN: true }),
      weight: fc.double({ min: -10, max: 10, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 10 }), async (parts) => {
        const grade = await combine(
          score("base", 0.5),
          ...parts.map(({ value, weight }) => score("a", value, { weight })),
        );
        expect(grade.reward >= 0 && grade.reward <= 1).toBe(true);
        expect(new Set(names(grade.subscores)).size).toBe(parts.length + 1);
      }),
    );
  });

  test("takes promises, keeping the order", async () => {
    const late = new Promise<SubScore>((resolve) => setImmediate(resolve, score("late", 1)));
    expect(names((await combine(late, score("early", 1))).subscores)).toEqual(["late", "early"]);
  });

  test.each([
    ["nothing", [], "combine needs at least one subscore, got none"],
    ["no positive weight", [score("a", 1, { weight: -1 })], "combine needs positive weights with a finite sum, got 0"],
    [
      "weights beyond doubles",
      [score("a", 1, { weight: 1e308 }), score("b", 1, { weight: 1e308 })],
      "combine needs positive weights with a finite sum, got Infinity",
    ],
    ["a bare number", [0.5 as unknown as SubScore], "item 1 of 1 must be a subscore, got 0.5"],
    ["null", [score("a", 1), null as unknown as SubScore], "item 2 of 2 must be a subscore, got null"],
    ["a promise of a number", [Promise.resolve(1 as unknown as SubScore)], "item 1 of 1 must be a subscore, got 1"],
    ["a written subscore beyond 1", [{ ...named("a"), value: 2 }], 'subscore "a": value must be in [0, 1], got 2'],
    [
      "penalties beyond doubles",
      [score("a", 1), score("b", 1, { weight: -1e308 }), score("c", 1, { weight: -1e308 })],
      "combine: the penalties sum to -Infinity, which is no finite number",
    ],
  ])("refuses %s", async (_what, items, message) => {
    await expect(combine(...items)).rejects.toMatchObject({ code: "GRADE_INVALID", message });
  });

  test("fails with the first failure", async () => {
    const failure = new Error("the checker crashed");
    await expect(combine(score("a", 1), Promise.reject(failure), new Promise<SubScore>(() => {}))).rejects.toBe(
      failure,
    );
  });
});

describe("withUniqueNames", () => {
  test.each([
    [
      ["a", "a", "a-1", "pen"],
      ["a-2", "a-3", "a-1", "pen"],
    ],
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [
      ["a", "b", "a"],
      ["a-1", "b", "a-2"],
    ],
    [
      ["a", "a", "a-1", "a-1"],
      ["a-2", "a-3", "a-1-1", "a-1-2"],
    ],
    [
      ["a-1", "a-1", "a-1-1"],
      ["a-1-2", "a-1-3", "a-1-1"],
    ],
  ])("%j becomes %j", (given, expected) => {
    expect(names(withUniqueNames(given.map(named)))).toEqual(expected);
  });

  test("never gives a name twice", () => {
    const name = fc.constantFrom("a", "a-1", "a-2", "a-1-1", "b");
    fc.assert(
      fc.property(fc.array(name), (given) => {
        expect(new Set(names(withUniqueNames(given.map(named)))).size).toBe(given.length);
      }),
    );
  });
});

describe("combineAny and combineAll", () => {
  const parts = [score("x", 0.2, { weight: 5 }), score("x", 0.9, { weight: -1 }), score("y", 0.5)];

  test("are the best and the worst part", async () => {
    const any = await combineAny("either", parts, { weight: 0.3 });
    expect(any).toMatchObject({ name: "either", weight: 0.3, value: 0.9, info: { grader: "combineAny@1" } });
    expect(names(any.children)).toEqual(["x-1", "x-2", "y"]);
    expect(any.children?.map(({ weight }) => weight)).toEqual([5, -1, 1]);
    expect(await combineAll("each", parts)).toMatchObject({ weight: 1, value: 0.2, info: { grader: "combineAll@1" } });
  });

  test("nest, in each other and in combine", async () => {
    const grade = await combine(
      combineAll("both", [combineAny("either", parts), score("z", 0.8)], { weight: 3 }),
      score("w", 0),
    );
    expect(grade.reward).toBeCloseTo(0.6, 12);
    expect(grade.subscores?.[0]?.children?.[0]?.children).toHaveLength(3);
  });

  test("refuse nothing, weights that are none, and parts that are none", async () => {
    expect(() => combineAny("either", [])).toThrow('combineAny "either" needs at least one subscore, got none');
    expect(() => combineAll("each", [])).toThrow('combineAll "each" needs at least one subscore, got none');
    expect(() => combineAny("either", parts, { weight: Number.NaN })).toThrow(
      "weight must be a finite number, got NaN",
    );
    const wrong = combineAny("either", [score("a", 1), 1 as unknown as SubScore]);
    await expect(combine(wrong)).rejects.toThrow('part 2 of "either" must be a subscore, got 1');
  });

  test("report a part that failed before they were asked for", async () => {
    const failure = new Error("the checker crashed");
    const any = combineAny("either", [Promise.reject(failure)]);
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would be raised here
    await expect(combine(any)).rejects.toBe(failure);
  });
});
