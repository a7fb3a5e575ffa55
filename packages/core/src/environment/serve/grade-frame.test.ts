import { expect, test } from "vitest";
import { gradeFrame } from "./grade-frame.ts";

test.each([
  [0.5, { score: 0.5 }],
  [true, { score: 1 }],
  [false, { score: 0 }],
  [
    { score: 2, extra: "kept" },
    { score: 2, extra: "kept" },
  ],
  [{ score: true }, { score: 1 }],
  [{ reward: 0.25 }, { score: 0.25 }],
  [
    { reward: 0.75, info: { max_tile: 256 }, tag: "x" },
    { done: true, content: null, info: { max_tile: 256 }, isError: false, subscores: null, tag: "x", score: 0.75 },
  ],
])("a second yield of %j", (evaluation, frame) => {
  expect(gradeFrame("t", evaluation)).toEqual(frame);
});

test("a full evaluation goes out under the names and in the order of the reference", () => {
  const subscores = [{ name: "judge", weight: 1, value: 0.75, children: null, info: { model: "m" } }];
  const frame = gradeFrame("t", { reward: 0.75, done: true, content: "nice", info: {}, isError: false, subscores });
  expect(JSON.stringify(frame)).toBe(
    `{"done":true,"content":"nice","info":{},"isError":false,"subscores":${JSON.stringify(subscores)},"score":0.75}`,
  );
});

test.each([
  [Number.NaN, "task 't' graded with a non-finite score (nan): yield a finite number"],
  [{ score: Number.POSITIVE_INFINITY }, "task 't' graded with a non-finite score (inf): yield a finite number"],
  [{ reward: Number.NEGATIVE_INFINITY }, "task 't' graded with a non-finite score (-inf): yield a finite number"],
  [{ score: "1", b: 2 }, "task 't' graded with a dict missing a numeric 'score' (keys: ['score', 'b'])"],
  [{}, "task 't' graded with a dict missing a numeric 'score' (keys: [])"],
  ["1.0", wrongType("str")],
  [undefined, wrongType("NoneType")],
  [[1], wrongType("list")],
])("a second yield of %j is refused", (evaluation, text) => {
  expect(() => gradeFrame("t", evaluation)).toThrow(text);
});

function wrongType(name: string): string {
  return `task graded with ${name}: yield a number, an object with a numeric .reward, or a dict containing a numeric 'score'`;
}
