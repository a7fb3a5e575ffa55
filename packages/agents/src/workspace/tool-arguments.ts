import { SdkError } from "@hud-ts/core/adapter";
import type { JsonObject } from "@hud-ts/core/spec";

/** The arguments of a call, which a model may have got wrong. What cannot be read is TOOL_INPUT_INVALID, and told to the model. */
export class ToolArguments {
  readonly #args: JsonObject;

  constructor(args: JsonObject) {
    this.#args = args;
  }

  text(name: string): string {
    const value = this.#args[name];
    if (typeof value !== "string") throw invalid(name, "a text", value);
    return value;
  }

  /** A text that goes into a command: not empty, without NUL, which ends it there. */
  word(name: string): string {
    const value = this.text(name);
    if (value === "" || value.includes("\0")) throw invalid(name, "a text that is not empty and has no NUL", value);
    return value;
  }

  optionalWord(name: string): string | undefined {
    return isAbsent(this.#args[name]) ? undefined : this.word(name);
  }

  /** A whole number; models also write it as a text. */
  optionalCount(name: string, least: number): number | undefined {
    const value = this.#args[name];
    if (isAbsent(value)) return undefined;
    const count = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof count === "number" && Number.isSafeInteger(count) && count >= least) return count;
    throw invalid(name, `a whole number from ${least}`, value);
  }

  flag(name: string): boolean {
    const value = this.#args[name];
    if (isAbsent(value)) return false;
    if (typeof value !== "boolean") throw invalid(name, "true or false", value);
    return value;
  }
}

/** Optional members also come as null, and as the empty text. */
function isAbsent(value: JsonObject[string] | undefined): boolean {
  return value === undefined || value === null || value === "";
}

function invalid(name: string, expected: string, got: unknown): SdkError<"TOOL_INPUT_INVALID"> {
  return new SdkError({
    code: "TOOL_INPUT_INVALID",
    message: `expected ${name} to be ${expected}, got ${got === undefined ? "nothing" : JSON.stringify(got).slice(0, 80)}`,
  });
}
