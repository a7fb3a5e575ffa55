import { errorText, SdkError } from "../errors/sdk-error.ts";
import type { RuntimeConfig, TaskRow } from "../spec/task-row.ts";
import type { JsonObject } from "../util/json-types.ts";
import { parseWith } from "../wire/codec/parse.ts";
import { encodeRuntimeConfig, runtimeConfigSchema } from "../wire/codec/runtime-config.ts";
import { copyJsonObject } from "./plain-json.ts";
import type { TaskInit } from "./task-init.ts";

const HINT = "a task is a row of JSON: strings, finite numbers, booleans, null, arrays and plain objects";

/**
 * A row's members, checked and copied.
 *
 * @throws INVALID_TASK_ROW, INVALID_TASK_ARGS
 */
export function checkRow(init: TaskInit): Omit<TaskRow, "slug" | "columns"> {
  const env = checkText(init.env, "env");
  const id = checkText(init.id, "id");
  const { validation, agentConfig, runtimeConfig, verifier } = init;
  if (validation !== undefined && !Array.isArray(validation)) throw invalid("validation: expected an array of objects");
  if (verifier?.verifier !== undefined)
    throw invalid(`verifier: task '${verifier.slug}' has a verifier of its own; one is all`);
  return {
    env,
    id,
    args: checkArgs(id, init.args),
    validation: validation?.map((item, index) => checkObject(item, `validation[${index}]`)),
    agentConfig: agentConfig && checkObject(agentConfig, "agentConfig"),
    runtimeConfig: runtimeConfig && checkRuntimeConfig(runtimeConfig),
    verifier,
  };
}

/** @throws INVALID_TASK_ROW */
export function checkText(value: unknown, member: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(`${member}: expected a non-empty string, got ${JSON.stringify(value) ?? typeof value}`);
}

/** @throws INVALID_TASK_ROW */
export function checkColumns(value: JsonObject | undefined): JsonObject | undefined {
  return value === undefined ? undefined : checkObject(value, "columns");
}

function checkObject(value: unknown, member: string): JsonObject {
  try {
    return copyJsonObject(value, member);
  } catch (error) {
    throw invalid(errorText(error), HINT);
  }
}

/** By the rules of a file, which are the stricter ones. */
function checkRuntimeConfig(value: RuntimeConfig): RuntimeConfig {
  const encoded = encodeRuntimeConfig(value);
  return parseWith(runtimeConfigSchema, encoded, { code: "INVALID_TASK_ROW", what: "task row: runtime_config" });
}

function checkArgs(id: string, args: unknown): JsonObject {
  try {
    return copyJsonObject(args === undefined ? {} : args, "args");
  } catch (error) {
    throw new SdkError({ code: "INVALID_TASK_ARGS", message: `task '${id}': ${errorText(error)}`, hint: HINT });
  }
}

function invalid(problem: string, hint?: string): SdkError {
  return new SdkError({ code: "INVALID_TASK_ROW", message: `task row: ${problem}`, hint });
}
