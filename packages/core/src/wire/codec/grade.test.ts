import fc from "fast-check";
import { expect, test } from "vitest";
import { SdkError } from "../../errors/sdk-error.ts";
import type { SubScore } from "../../spec/grader.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { decodeGrade, encodeSubscore } from "./grade.ts";

test("a bare score gets every default", () => {
  expect(decodeGrade({ score: 0.5 })).toEqual({
    reward: 0.5,
    done: true,
    content: null,
    info: {},
    isError: false,
    subscores: null,
    raw: { score: 0.5 },
  });
});

test("a full frame of the reference is read in full", () => {
  const frame: JsonObject = {
    done: true,
    content: "nice",
    info: { max_tile: 256 },
    isError: false,
    subscores: [
      {
        name: "judge",
        weight: 1,
        value: 0.75,
        children: [{ name: "c", value: true, metadata: { reason: "x" } }],
        info: null,
      },
    ],
    score: 0.75,
  };
  const grade = decodeGrade(frame);
  expect(grade).toMatchObject({ reward: 0.75, content: "nice", info: { max_tile: 256 }, raw: frame });
  expect(grade.subscores).toEqual([
    {
      name: "judge",
      weight: 1,
      value: 0.75,
      children: [{ name: "c", weight: 1, value: 1, children: null, info: { reason: "x" } }],
      info: null,
    },
  ]);
});

test.each([
  [Number.NaN, "nan"],
  [Number.NEGATIVE_INFINITY, "-inf"],
  [true, "True"],
  ["1", "'1'"],
  [null, "None"],
  [undefined, "None"],
])("a score of %s is refused in the reference's words", (score, repr) => {
  const read = () => decodeGrade(score === undefined ? {} : { score });
  expect(read).toThrow(`tasks.grade: result must include a finite numeric 'score', got ${repr}`);
  try {
    read();
  } catch (error) {
    expect(SdkError.is(error, "GRADE_INVALID")).toBe(true);
  }
});

test("members of another type than theirs count as absent; isError is taken by truthiness", () => {
  const grade = decodeGrade({ score: 1, content: 3, info: [], isError: "yes", done: null, subscores: null });
  expect(grade).toMatchObject({ content: null, info: {}, isError: true, done: false, subscores: null });
});

test("a subscore that is none fails the grade and names its place", () => {
  const bad = { score: 1, subscores: [{ name: "a", value: 0.5, children: [{ name: "b", value: 1.5 }] }] };
  expect(() => decodeGrade(bad)).toThrow(
    "tasks.grade: subscores[0].children[0].value: expected a number from 0 to 1, got 1.5",
  );
});

const { tree } = fc.letrec<{ tree: SubScore }>((tie) => ({
  tree: fc.record({
    name: fc.string(),
    weight: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    value: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => Math.abs(value)),
    children: fc.option(fc.array(tie("tree"), { maxLength: 2 }), { maxDepth: 3 } as object),
    info: fc.option(fc.constant({ reason: "x" })),
  }),
}));

test("every subscore survives the wire", () => {
  fc.assert(
    fc.property(tree, (subscore) => {
      const frame = { score: 1, subscores: [encodeSubscore(subscore)] };
      expect(decodeGrade(JSON.parse(JSON.stringify(frame))).subscores).toEqual([JSON.parse(JSON.stringify(subscore))]);
    }),
    { numRuns: 50 },
  );
});
