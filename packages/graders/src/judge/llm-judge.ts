import type { LazySubScore, ModelV1 } from "@hud-ts/core/spec";
import { defineGrader, type GradeOptions, type Judgement } from "../scores/define-grader.ts";
import { withUniqueNames } from "../scores/unique-names.ts";
import { answerText } from "../text/answer-text.ts";
import { askJudge } from "./ask-judge.ts";
import { type Criterion, invalidOption, type ResolvedCriterion, resolveCriteria } from "./criteria.ts";
import { defaultJudgeModel } from "./default-model.ts";
import { judgeValue } from "./judge-value.ts";
import { mapLimited } from "./map-limited.ts";
import { shortened } from "./shortened.ts";

/** What a judge is asked. */
export interface LlmJudgeOptions extends GradeOptions {
  /** What is judged; read as {@link answerText} says. */
  readonly answer: unknown;
  /** What to look for; one call each. */
  readonly criteria: readonly Criterion[];
  /** What the answer was asked for, when the criteria need it. */
  readonly question?: string | undefined;
  /** @default `HUD_JUDGE_MODEL` at `OPENAI_BASE_URL` with `OPENAI_API_KEY`, of the environment */
  readonly model?: ModelV1 | undefined;
  /** Most calls at once. @default 8 */
  readonly maxConcurrent?: number | undefined;
  /** Most tokens of one reply, thinking included. @default the provider's own */
  readonly maxOutputTokens?: number | undefined;
  /** Most UTF-16 units of the answer that the judge sees: of a longer one its beginning and its end. @default 100_000 */
  readonly maxAnswerLength?: number | undefined;
}

/**
 * A model's verdict on an answer: for each criterion whether what it describes is present, one call each, in parallel.
 * The value is the weight of the met criteria, penalties taken off, over the positive weights (with penalties alone: 1 less
 * their share); each verdict is a child with its `info.reason`. A reply that cannot be read is asked for once more; a judge
 * that fails is no zero: the grade fails, and is infrastructure's fault. A judge that refuses twice counts against the answer. Computed when `combine` or an `await` asks for it.
 *
 * @throws CREDENTIAL_MISSING when no model is given and the environment names none
 * @throws INVALID_OPTION when an option cannot be used
 * @throws JUDGE_FAILED when awaited: two replies without a verdict, the second no refusal
 *
 * @example
 * ```ts
 * import { combine, llmJudge } from "@hud-ts/graders";
 *
 * const answer = "Take the night train; book a sleeper early.";
 * const grade = combine(
 *   llmJudge({
 *     answer,
 *     question: "How do I get from Paris to Vienna without flying?",
 *     criteria: ["Names a train connection", { requirement: "Suggests flying", weight: -1 }],
 *   }),
 * );
 * ```
 */
export function llmJudge(options: LlmJudgeOptions): LazySubScore {
  const { maxConcurrent = 8, maxAnswerLength = 100_000 } = options;
  checkCount("maxConcurrent", maxConcurrent);
  checkCount("maxAnswerLength", maxAnswerLength);
  const input: JudgeInput = {
    answer: options.answer,
    criteria: resolveCriteria(options.criteria),
    question: options.question ?? "",
    model: options.model ?? defaultJudgeModel(),
    maxOutputTokens: options.maxOutputTokens,
    maxConcurrent,
    maxAnswerLength,
  };
  return judge(input, { name: options.name, weight: options.weight, signal: options.signal });
}

/** Options with their defaults. */
export interface JudgeInput {
  readonly answer: unknown;
  readonly criteria: readonly ResolvedCriterion[];
  readonly question: string;
  readonly model: ModelV1;
  readonly maxOutputTokens: number | undefined;
  readonly maxConcurrent: number;
  readonly maxAnswerLength: number;
}

/** The judge as a grader. */
export const judge = defineGrader({
  name: "llmJudge",
  version: "1",
  async grade(input: JudgeInput, options): Promise<Judgement> {
    const { question, model, maxOutputTokens } = input;
    const answer = shortened(answerText(input.answer), input.maxAnswerLength);
    const limits = { maxConcurrent: input.maxConcurrent, signal: options.signal };
    const verdicts = await mapLimited(input.criteria, limits, (criterion, signal) =>
      askJudge({ criterion, question, answer }, { model, maxOutputTokens, signal }),
    );
    return { value: judgeValue(verdicts), children: withUniqueNames(verdicts), info: { model: model.id } };
  },
});

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 1) throw invalidOption(`${name} must be a whole number from 1, got ${count}`);
}
