import { SdkError } from "../../errors/sdk-error.ts";
import { isJsonObject } from "../../util/json-object.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";

/**
 * The start frame of a task's first yield: an object with a `prompt` is the frame, anything else is the prompt.
 *
 * @throws TASK_SETUP_FAILED for what JSON does not know
 */
export function startFrame(taskId: string, yielded: unknown): JsonObject {
  const value = jsonForm(yielded);
  if (isFrame(value)) return value["prompt"] === undefined ? { ...value, prompt: null } : value;
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    throw new SdkError({
      code: "TASK_SETUP_FAILED",
      message: `Object of type ${typeof value} is not JSON serializable: task '${taskId}' yielded it as its prompt`,
      hint: "Yield a string, a list of turns, or an object with a prompt.",
    });
  }
  return { prompt: (value ?? null) as Json };
}

/** What JSON would make of a value at its top level. */
export function jsonForm(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === "function" ? (toJSON.call(value) as unknown) : value;
}

function isFrame(value: unknown): value is JsonObject {
  return isJsonObject(value) && "prompt" in value;
}
