import type { Prompt } from "../spec/content.ts";
import { isJsonObject } from "../util/json-object.ts";
import type { Json, JsonObject } from "../util/json-types.ts";
import { parsePrompt } from "../wire/prompt.ts";
import { badReply } from "./protocol-error.ts";

/** What a started task says first. */
export interface StartFrame {
  readonly prompt: Prompt;
  /** Connection data of this episode, by capability name. */
  readonly bindings: Readonly<Record<string, JsonObject>>;
  /** The whole frame. */
  readonly frame: JsonObject;
}

/** Reads the result of a `tasks.start`. */
export function parseStartFrame(frame: JsonObject): StartFrame {
  return { prompt: parsePrompt(frame["prompt"]), bindings: parseBindings(frame["bindings"]), frame };
}

function parseBindings(value: Json | undefined): Readonly<Record<string, JsonObject>> {
  if (value === undefined || value === null) return {};
  if (isJsonObject(value) && Object.values(value).every(isJsonObject))
    return value as Readonly<Record<string, JsonObject>>;
  throw badReply(
    "tasks.start",
    `tasks.start: 'bindings' must be an object of objects, got ${JSON.stringify(value).slice(0, 80)}`,
  );
}
