import { graderConformance } from "@hud-ts/core/conformance";
import { describe, expect, test } from "vitest";
import { answerText } from "../text/answer-text.ts";
import { combine } from "./combine.ts";
import { defineGrader } from "./define-grader.ts";
import { score } from "./score.ts";

const short = defineGrader({
  name: "short",
  version: "1.2",
  grade: ({ answer }: { readonly answer: unknown }) => {
    const { length } = answerText(answer);
    return { value: 1 / (1 + length), info: { length, grader: "forged" }, children: [score("is text", true)] };
  },
});

describe("defineGrader", () => {
  for (const item of graderConformance({
    create: () => short,
    inputFor: (answer) => ({ answer }),
    deterministic: true,
  })) {
    test(item.id, () => item.run());
  }

  test("is the contract and the call", async () => {
    expect([short.specVersion, short.name, short.version]).toEqual(["grader/1", "short", "1.2"]);
    const { signal } = new AbortController();
    expect(await short.grade({ answer: "" }, { signal })).toEqual({
      name: "short",
      weight: 1,
      value: 1,
      children: [score("is text", true)],
      info: { length: 0, grader: "short@1.2" },
    });
    expect(await short({ answer: "abc" }, { name: "brief", weight: -2 })).toMatchObject({
      name: "brief",
      weight: -2,
      value: 0.25,
    });
  });

  test("takes verdicts and numbers", async () => {
    const even = defineGrader({ name: "even", version: "1", grade: (count: number) => count % 2 === 0 });
    const half = defineGrader({ name: "half", version: "1", grade: async (count: number) => count / 2 });
    const grade = await combine(even(2), even(3), half(1), half(1));
    expect(grade.subscores?.map(({ name, value }) => [name, value])).toEqual([
      ["even-1", 1],
      ["even-2", 0],
      ["half-1", 0.5],
      ["half-2", 0.5],
    ]);
  });

  test.each([2, Number.NaN, undefined, null, "1", {}])("refuses the judgement %j", async (judgement) => {
    const odd = defineGrader({ name: "odd", version: "1", grade: () => judgement as number });
    await expect(combine(odd(null))).rejects.toMatchObject({ code: "GRADE_INVALID" });
  });

  test("does nothing before it is asked for, and stops for its own signal", async () => {
    let calls = 0;
    const counting = defineGrader({ name: "counting", version: "1", grade: () => ++calls > 0 });
    const reason = new Error("given up");
    await expect(combine(counting(null, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  test("refuses a bad weight where it is written", () => {
    expect(() => short({ answer: "" }, { weight: Number.POSITIVE_INFINITY })).toThrow(
      'subscore "short": weight must be',
    );
  });

  test.each(["", "a@b"])("refuses %j as name or version", (word) => {
    const grade = () => 1;
    expect(() => defineGrader({ name: word, version: "1", grade })).toThrow("defineGrader: name must be");
    expect(() => defineGrader({ name: "a", version: word, grade })).toThrow("defineGrader: version must be");
  });
});
