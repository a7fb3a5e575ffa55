import assert from "node:assert/strict";
import test from "node:test";

const cases = [
  ['a,"say ""hi""",c\n', [["a", 'say "hi"', "c"]]],
  ['"one\ntwo",x\n', [["one\ntwo", "x"]]],
  [
    "a,b,\n1,,3",
    [
      ["a", "b", ""],
      ["1", "", "3"],
    ],
  ],
  [
    "a,b\n1,",
    [
      ["a", "b"],
      ["1", ""],
    ],
  ],
  [
    "a,b\r\nc,d\r\n",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  ["", []],
];

for (const [text, rows] of cases) {
  test(`parses ${JSON.stringify(text)}`, async () => {
    const { parseCsv } = await import("/workspace/src/csv.js");
    assert.deepEqual(parseCsv(text), rows);
  });
}
