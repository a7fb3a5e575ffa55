import type { StartFrame } from "../client/index.ts";
import { SdkError } from "../errors/sdk-error.ts";
import type { Grade } from "../spec/run-result.ts";
import type { TaskRow } from "../spec/task-row.ts";
import type { Json } from "../util/json-types.ts";
import { promptMessages } from "../wire/prompt.ts";
import { explainAnswerFailure, explainCallFailure, withEvidence } from "./failure.ts";
import type { Ledger } from "./ledger.ts";
import type { Placed } from "./placement.ts";

/** What a call of a task's code needs. */
export interface TaskCallOptions {
  readonly placed: Placed;
  readonly row: TaskRow;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
}

/**
 * Starts the row's task and records it.
 *
 * @throws TASK_SETUP_FAILED, UNKNOWN_TEMPLATE, INVALID_TASK_ARGS, RUNTIME_LOST; the signal's reason
 */
export async function startTask(options: TaskCallOptions): Promise<StartFrame> {
  const { placed, row, ledger, signal } = options;
  const startedAt = ledger.timeline.stamp();
  const start = await call(options, "tasks.start", () => placed.client.start(row.id, row.args, { signal }));
  const taskCall = { phase: "setup", name: row.id, arguments: row.args, result: start.frame } as const;
  ledger.recorder.record({ source: "task", startedAt, taskCall });
  return start;
}

/** Records the prompt as the user's step; a task without one has none. */
export function recordPrompt(start: StartFrame, ledger: Ledger): void {
  if (start.prompt !== null) ledger.recorder.record({ source: "user", messages: promptMessages(start.prompt) });
}

/**
 * Grades what the agent left and records it.
 *
 * @throws GRADE_FAILED, GRADE_INVALID, RUNTIME_LOST; the signal's reason
 */
export async function gradeTask(options: TaskCallOptions, answer: Json): Promise<Grade> {
  const { placed, row, ledger, signal } = options;
  const startedAt = ledger.timeline.stamp();
  const grade = await call(options, "tasks.grade", () => placed.client.grade(answer, { signal }));
  const taskCall = { phase: "evaluate", name: row.id, arguments: { answer }, result: grade.raw } as const;
  ledger.recorder.record({ source: "task", startedAt, taskCall });
  return grade;
}

/**
 * Grades the agent's answer and records it.
 *
 * @throws ANSWER_INVALID for one that the environment would not read; GRADE_FAILED, GRADE_INVALID, RUNTIME_LOST; the signal's reason
 */
export async function gradeAnswer(options: TaskCallOptions): Promise<Grade> {
  try {
    return await gradeTask(options, options.ledger.answer);
  } catch (error) {
    throw explainAnswerFailure(error);
  }
}

/**
 * A grade that the environment itself marks as an error is no reward.
 *
 * @throws GRADE_FAILED
 */
export function requireReward(grade: Grade): Grade {
  if (!grade.isError) return grade;
  throw new SdkError({
    code: "GRADE_FAILED",
    message: `the grade is marked as an error: ${grade.content ?? "no reason given"}`,
  });
}

async function call<T>(
  options: TaskCallOptions,
  method: "tasks.start" | "tasks.grade",
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    options.signal.throwIfAborted();
    throw await withEvidence(explainCallFailure(error, method), options.placed.lease);
  }
}
