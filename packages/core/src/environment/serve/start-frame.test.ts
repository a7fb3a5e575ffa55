import { expect, test } from "vitest";
import { startFrame } from "./start-frame.ts";

test.each([
  ["a text", { prompt: "a text" }],
  [null, { prompt: null }],
  [undefined, { prompt: null }],
  [7, { prompt: 7 }],
  [[{ role: "user", content: "x" }], { prompt: [{ role: "user", content: "x" }] }],
  [{ text: "no prompt member" }, { prompt: { text: "no prompt member" } }],
  [
    { prompt: "p", bindings: { robot: { token: "t" } }, extra: 1 },
    { prompt: "p", bindings: { robot: { token: "t" } }, extra: 1 },
  ],
  [{ prompt: undefined }, { prompt: null }],
  [new Date(0), { prompt: "1970-01-01T00:00:00.000Z" }],
])("a first yield of %j", (yielded, frame) => {
  expect(startFrame("t", yielded)).toEqual(frame);
});

test.each([[() => 1], [Symbol("s")], [1n]])("what JSON does not know is refused: %s", (yielded) => {
  expect(() => startFrame("t", yielded)).toThrow(/^Object of type \w+ is not JSON serializable: task 't'/);
});
