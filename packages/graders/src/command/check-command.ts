import { SdkError } from "@hud-ts/core/adapter";
import type { CommandTarget } from "@hud-ts/core/spec";

/** The members that {@link checkCommand} looks at. */
export interface CheckedCommand {
  readonly command: string;
  readonly in: CommandTarget;
  readonly timeoutMs?: number | undefined;
  readonly maxOutputBytes?: number | undefined;
}

/** Tells what is wrong with a command where it is written, long before its grade. @throws INVALID_OPTION */
export function checkCommand({ command, in: target, timeoutMs = 1, maxOutputBytes = 1 }: CheckedCommand): void {
  if (typeof command !== "string" || command.trim() === "") {
    throw invalid(`command must be a text that is not empty, got ${JSON.stringify(command)}`);
  }
  if (!isTarget(target)) {
    throw invalid(`in must be where the command runs, got ${target === null ? "null" : typeof target}`, TARGET_HINT);
  }
  checkCount("timeoutMs", timeoutMs);
  checkCount("maxOutputBytes", maxOutputBytes);
}

const TARGET_HINT = "Pass a workspace, such as `in: shell`, or its running sandbox, `in: shell.live`.";

function isTarget(value: unknown): value is CommandTarget {
  return typeof value === "object" && value !== null && "run" in value && typeof value.run === "function";
}

function checkCount(name: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) throw invalid(`${name} must be a whole number from 1, got ${count}`);
}

function invalid(message: string, hint?: string): SdkError<"INVALID_OPTION"> {
  return new SdkError({ code: "INVALID_OPTION", message: `bash: ${message}`, hint });
}
