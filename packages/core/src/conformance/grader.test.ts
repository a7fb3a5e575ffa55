import { describe, expect, test } from "vitest";
import type { GraderV1, SubScore } from "../spec/grader.ts";
import type { Json } from "../util/json-types.ts";
import { graderConformance } from "./grader.ts";

const subscore = (value: number, more: Partial<SubScore> = {}): SubScore => ({
  name: "length",
  weight: 1,
  value,
  children: null,
  info: { grader: "length@1" },
  ...more,
});

const good: GraderV1<Json> = {
  specVersion: "grader/1",
  name: "length",
  version: "1",
  async grade(answer, { signal }) {
    signal.throwIfAborted();
    return subscore(Math.min(1, (JSON.stringify(answer) ?? "").length / 100));
  },
};

const list = (grader: GraderV1<Json>, abortGraceMs = 50) =>
  graderConformance({ create: () => grader, inputFor: (answer) => answer, deterministic: true, abortGraceMs });

describe("a grader that keeps the contract", () => {
  for (const item of list(good)) test(item.id, () => item.run());
});

describe("a grader that breaks it", () => {
  let calls = 0;
  const broken: readonly (readonly [string, GraderV1<Json>])[] = [
    ["grader/declares-itself", { ...good, name: "length@1" }],
    ["grader/subscore-shape", { ...good, grade: async () => subscore(Number.NaN) }],
    ["grader/subscore-shape", { ...good, grade: async () => subscore(1, { children: [subscore(2)] }) }],
    ["grader/names-itself", { ...good, version: "2" }],
    [
      "grader/json-safe",
      { ...good, grade: async () => subscore(1, { info: { when: new Date(0) as unknown as Json } }) },
    ],
    ["grader/odd-answer-1", { ...good, grade: async (answer) => subscore((answer as string).length > 0 ? 1 : 0) }],
    ["grader/odd-answer-4", { ...good, grade: async (answer) => subscore(String(answer).length) }],
    ["grader/concurrent", { ...good, grade: async (answer) => subscore(answer === "answer 15" ? -1 : 1) }],
    ["grader/aborted-before", { ...good, grade: async () => subscore(1) }],
    ["grader/aborted-during", { ...good, grade: () => new Promise(() => {}) }],
    ["grader/aborted-during", { ...good, grade: () => Promise.reject(new Error("another")) }],
    ["grader/deterministic", { ...good, grade: async () => subscore(calls++ / 10) }],
  ];
  test.each(broken)("fails %s", async (id, grader) => {
    const item = list(grader).find((candidate) => candidate.id === id);
    await expect(item?.run()).rejects.toThrow();
  });
});
