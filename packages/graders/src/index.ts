/**
 * Graders: functions that look at what an agent did and say, in [0, 1], how good it was; and how to combine them.
 *
 * @module
 */

export { type BashOptions, bash } from "./command/bash.ts";
export type { Criterion } from "./judge/criteria.ts";
export { type LlmJudgeOptions, llmJudge } from "./judge/llm-judge.ts";
export { combine } from "./scores/combine.ts";
export { type CombineOptions, combineAll, combineAny } from "./scores/combine-one.ts";
export {
  defineGrader,
  type GradeOptions,
  type Grader,
  type GraderDefinition,
  type Judgement,
} from "./scores/define-grader.ts";
export type { GradeItem } from "./scores/grade-item.ts";
export { type ScoreOptions, score } from "./scores/score.ts";
export { answerText } from "./text/answer-text.ts";
export { type ContainsOptions, contains, containsAll, containsAny } from "./text/contains.ts";
export { type ExactMatchOptions, exactMatch } from "./text/exact-match.ts";
export { f1Score } from "./text/f1-score.ts";
export type { DigitGrouping } from "./text/find-number.ts";
export { normalize } from "./text/normalize.ts";
export { type NumericMatchOptions, numericMatch } from "./text/numeric-match.ts";
