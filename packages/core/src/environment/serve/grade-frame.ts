import { SdkError } from "../../errors/sdk-error.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { pythonReprList, pythonTypeName } from "./python-text.ts";
import { jsonForm } from "./start-frame.ts";

/**
 * The grade frame of a task's second yield: a number, an object with a numeric `score` (sent as it is), or one with a numeric
 * `reward` (an evaluation, whose reward the wire calls score).
 *
 * @throws GRADE_INVALID for anything else, and for a score that is not finite
 */
export function gradeFrame(taskId: string, evaluation: unknown): JsonObject {
  const value = jsonForm(evaluation);
  if (isNumeric(value)) return { score: finite(taskId, value) };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(
      `task graded with ${pythonTypeName(value)}: yield a number, an object with a numeric .reward, or a dict containing a numeric 'score'`,
    );
  }
  const { score, reward, ...members } = value as Record<string, unknown>;
  if (isNumeric(score)) return { ...(value as JsonObject), score: finite(taskId, score) };
  if (isNumeric(reward)) return evaluationFrame(finite(taskId, reward), members);
  throw invalid(
    `task '${taskId}' graded with a dict missing a numeric 'score' (keys: ${pythonReprList(Object.keys(value))})`,
  );
}

function evaluationFrame(score: number, members: Readonly<Record<string, unknown>>): JsonObject {
  if (Object.keys(members).length === 0) return { score };
  const defaults = { done: true, content: null, info: {}, isError: false, subscores: null };
  return { ...defaults, ...(members as JsonObject), score };
}

function finite(taskId: string, score: number | boolean): number {
  const value = Number(score);
  if (Number.isFinite(value)) return value;
  const name = Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  throw invalid(`task '${taskId}' graded with a non-finite score (${name}): yield a finite number`);
}

function isNumeric(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function invalid(message: string): SdkError {
  return new SdkError({ code: "GRADE_INVALID", message });
}
