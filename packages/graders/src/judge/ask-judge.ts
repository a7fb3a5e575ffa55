import { SdkError, toSdkError } from "@hud-ts/core/adapter";
import type { ModelTurn, ModelV1, SubScore } from "@hud-ts/core/spec";
import { score } from "../scores/score.ts";
import { type JudgeQuestion, judgeMessages } from "./judge-prompt.ts";
import { parseVerdict } from "./verdict.ts";

const MAX_REPLY = 200;

/** Whom to ask, and how much may be said. */
export interface JudgeCall {
  readonly model: ModelV1;
  readonly maxOutputTokens: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Asks for a verdict, once more when the reply cannot be read or is a refusal. One that is refused again counts against the answer,
 * whose words provoked it: a grade that could be dodged so would be dodged.
 *
 * @throws JUDGE_FAILED when the second reply cannot be read either; what the model throws, as it is when it has a code
 */
export async function askJudge(question: JudgeQuestion, call: JudgeCall): Promise<SubScore> {
  const first = await ask(question, call);
  if ("subscore" in first) return first.subscore;
  const second = await ask({ ...question, problem: first.problem }, call);
  if ("subscore" in second) return second.subscore;
  if (second.isRefusal) return refused(question, second.reply);
  throw unreadable(question, call, second);
}

type Asked = { readonly subscore: SubScore } | Unusable;

interface Unusable {
  readonly problem: string;
  readonly reply: string;
  readonly isRefusal: boolean;
}

async function ask(question: JudgeQuestion, call: JudgeCall): Promise<Asked> {
  const turn = await generate(question, call);
  const reply = replyText(turn);
  if (isRefusal(turn))
    return { reply, problem: "it was a refusal, but to judge a response is not to agree with it", isRefusal: true };
  const verdict = parseVerdict(reply);
  if ("problem" in verdict) return { reply, problem: problemOf(turn, verdict.problem), isRefusal: false };
  const { requirement, weight } = question.criterion;
  return { subscore: score(requirement, verdict.met, { weight, info: { reason: verdict.reason } }) };
}

async function generate(question: JudgeQuestion, { model, maxOutputTokens, signal }: JudgeCall): Promise<ModelTurn> {
  const limits = maxOutputTokens === undefined ? {} : { maxOutputTokens };
  try {
    return await model.generate({ messages: judgeMessages(question), ...limits }, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toSdkError(error, "JUDGE_FAILED");
  }
}

/** As the provider says, not as the text reads: a verdict in the words of a refusal, or in what a filter left, is none. */
function isRefusal(turn: ModelTurn): boolean {
  return turn.finishReason === "refusal" || (turn.refusal ?? "") !== "";
}

function refused({ criterion }: JudgeQuestion, reply: string): SubScore {
  const { requirement, weight } = criterion;
  const info = { reason: reply.slice(0, MAX_REPLY), refused: true };
  return score(requirement, weight < 0, { weight, info });
}

function replyText(turn: ModelTurn): string {
  const text = turn.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  return text === "" ? (turn.refusal ?? "") : text;
}

function problemOf(turn: ModelTurn, problem: string): string {
  return turn.finishReason === "length" ? `it was cut off at the token limit, and ${problem}` : problem;
}

function unreadable(question: JudgeQuestion, { model }: JudgeCall, last: Unusable): SdkError {
  const { requirement } = question.criterion;
  const reply = last.reply.slice(0, MAX_REPLY);
  return new SdkError({
    code: "JUDGE_FAILED",
    message: `llmJudge: no verdict by ${model.id} on ${JSON.stringify(requirement.slice(0, 80))} in two replies: ${last.problem}: ${JSON.stringify(reply)}`,
    hint: "Nothing was graded. Try a stronger judge model, or say the criterion more plainly.",
    details: { model: model.id, requirement, reply },
  });
}
