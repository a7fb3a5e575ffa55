import type { Json } from "@hud-ts/core/spec";
import { usageError } from "../output/failure.ts";

/** `KEY=VALUE` split at the first `=`. */
export function splitPair(text: string, option: string): readonly [key: string, value: string] {
  const at = text.indexOf("=");
  const key = text.slice(0, at).trim();
  if (at === -1 || key === "") {
    throw usageError(`${option}: expected KEY=VALUE, got '${text}'`, { input: text });
  }
  return [key, text.slice(at + 1)];
}

/** A value of the command line as JSON reads it (`true`, `0.5`, `{"a":1}`), anything else as the text it is. */
export function parseValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
