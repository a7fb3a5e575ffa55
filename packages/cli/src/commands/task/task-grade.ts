import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { type Client, ProtocolError } from "@hud-ts/core/client";
import type { Grade } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "../../context.ts";
import { usageError } from "../../output/failure.ts";
import { type PlacedTask, placeTask, type TaskOptions } from "./place-task.ts";

/** Options of `hud task grade`. */
export interface GradeOptions extends TaskOptions {
  readonly answer?: string;
  readonly answerFile?: string;
}

const INVALID_STATE = -32600;

/** Grades an answer: of the task that was started before and is parked, else of one started now. */
export async function taskGradeCommand(context: CliContext, options: GradeOptions): Promise<number> {
  const answer = await readAnswer(context, options);
  await using placed = await placeTask(context, options);
  const grade = await gradeParkedOrFresh(placed, answer, context.signal);
  context.output.data(String(grade.reward));
  context.output.document(grade.raw);
  return 0;
}

async function gradeParkedOrFresh(placed: PlacedTask, answer: string, signal: AbortSignal): Promise<Grade> {
  const { client } = placed;
  try {
    return await client.grade(answer, { signal });
  } catch (error) {
    if (!isNothingStarted(error)) throw error;
    await client.start(placed.id, placed.args, { signal });
    return await gradeOrCancel(client, answer, signal);
  }
}

// One exact condition, code and text: a grader's own failure must never start the task anew.
function isNothingStarted(error: unknown): boolean {
  return (
    error instanceof ProtocolError && error.wireCode === INVALID_STATE && error.wireMessage === "no task in progress"
  );
}

async function gradeOrCancel(client: Client, answer: string, signal: AbortSignal): Promise<Grade> {
  try {
    return await client.grade(answer, { signal });
  } catch (error) {
    await client.cancel(); // started here, so not left parked for somebody else's grade
    throw error;
  }
}

async function readAnswer(context: CliContext, options: GradeOptions): Promise<string> {
  if (options.answerFile === undefined) return options.answer ?? "";
  if (options.answer !== undefined) throw usageError("--answer and --answer-file exclude each other");
  if (options.answerFile === "-") return text(context.stdin);
  const path = fromCwd(context, options.answerFile);
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw usageError(`--answer-file: cannot read ${path}: ${error.code}`, { input: path });
  });
}
