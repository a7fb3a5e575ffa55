import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { gradeLines } from "./grade-text.ts";
import { Output } from "./output.ts";

const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() });
const plain = new Output({ stdout: sink(), stderr: sink(), json: false, quiet: false, colors: false });

test("shows parts as a tree, and the last words of a command that failed", () => {
  const frame = {
    score: 0.2,
    subscores: [
      {
        name: "fixed",
        weight: 0.8,
        value: 0,
        info: null,
        children: [
          {
            name: "tests",
            weight: 1,
            value: 0,
            children: null,
            info: { exit_code: 1, stdout: "a\n\nb\nc\nd\ne\nf\n", stderr: "" },
          },
          {
            name: "slow",
            weight: 1,
            value: 0,
            children: null,
            info: { exit_code: null, timed_out: true, stdout: "", stderr: "" },
          },
        ],
      },
      { name: "polite", weight: 0.2, value: 1, children: null, info: { reason: "it says please" } },
    ],
  };
  expect(gradeLines(frame, plain)).toEqual([
    "score 0.200",
    "  0.000 × 0.80 fixed",
    "    0.000 tests (exit 1)",
    ...["b", "c", "d", "e", "f"].map((line) => `      │ ${line}`),
    "    0.000 slow (timed out)",
    "  1.000 × 0.20 polite (it says please)",
  ]);
});

test("shows as it is what is no grade", () => {
  expect(gradeLines({ error: "x" }, plain)).toEqual(['{"error":"x"}']);
});
