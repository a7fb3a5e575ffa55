import type { Evaluation } from "@hud-ts/core";
import type { EvaluationResult, GraderV1, LazySubScore, SubScore } from "@hud-ts/core/spec";
import { expectTypeOf, test } from "vitest";
import { combine, combineAny, defineGrader, exactMatch, llmJudge, score } from "./index.ts";

const short = defineGrader({
  name: "short",
  version: "1",
  grade: ({ answer, most }: { readonly answer: string; readonly most: number }) => answer.length <= most,
});

test("parts of all kinds combine to what a template yields", () => {
  expectTypeOf(score("says done", exactMatch("done", "done"), { weight: 0.2 })).toEqualTypeOf<SubScore>();
  expectTypeOf(combineAny("either", [score("a", true)])).toEqualTypeOf<LazySubScore>();
  expectTypeOf<Awaited<LazySubScore>>().toEqualTypeOf<SubScore>();
  expectTypeOf(llmJudge).returns.toEqualTypeOf<LazySubScore>();
  expectTypeOf<Awaited<ReturnType<typeof combine>>>().toEqualTypeOf<EvaluationResult>();
  expectTypeOf<EvaluationResult>().toExtend<Evaluation>();
});

test("a subscore alone is no grade", () => {
  expectTypeOf<SubScore>().not.toExtend<Evaluation>();
});

test("a defined grader is the contract and a call, typed from its function", () => {
  expectTypeOf(short).toExtend<GraderV1<{ answer: string; most: number }>>();
  expectTypeOf(short({ answer: "", most: 1 }, { weight: 2 })).toEqualTypeOf<LazySubScore>();
  // @ts-expect-error the input is typed
  short({ answer: "" });
});

test("a bare number is no part", () => {
  // @ts-expect-error name it with score
  void combine(exactMatch("a", "a"));
});
