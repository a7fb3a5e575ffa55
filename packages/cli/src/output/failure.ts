import { errorText, SdkError } from "@hud-ts/core/adapter";
import type { JsonObject } from "@hud-ts/core/spec";
import { interruptionCode } from "../interruption.ts";
import type { Output } from "./output.ts";

/** What a failure was reported with. */
export interface FailureOptions {
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Shows the causes and the stack. */
  readonly verbose: boolean;
}

/** A mistake on the command line: exit code 2. `input` is what was given. */
export function usageError(message: string, details: { hint?: string; input?: string } = {}): SdkError {
  return new SdkError({
    code: "INVALID_OPTION",
    message,
    hint: details.hint,
    details: details.input === undefined ? {} : { input: details.input },
  });
}

/** Reports what ended a command and gives its exit code: 1 failed, 2 usage, 130 or 143 interrupted. */
export function reportFailure(error: unknown, options: FailureOptions): number {
  const { output, signal } = options;
  const interrupted = signal.aborted && (error === signal.reason || SdkError.is(error, "ABORTED"));
  const document = interrupted ? { error: "cancelled", message: errorText(signal.reason) } : failureDocument(error);
  output.error(humanText(document, output));
  if (options.verbose) output.error(causes(error));
  if (!output.documentWritten) output.document(document);
  if (interrupted) return interruptionCode(signal);
  return document["error"] === "usage" ? 2 : 1;
}

/** The document of an error: `{error, message, input?, suggestion?}`. */
export function failureDocument(error: unknown): JsonObject {
  if (!SdkError.is(error)) return { error: "failure", message: errorText(error) };
  const input = error.details["input"];
  return {
    error: error.kind,
    message: error.message,
    ...(typeof input === "string" ? { input } : {}),
    ...(error.hint === undefined ? {} : { suggestion: error.hint }),
  };
}

function humanText(document: JsonObject, output: Output): string {
  const { red, cyan } = output.colors;
  const hint = document["suggestion"];
  const head =
    document["error"] === "cancelled" ? String(document["message"]) : `${red("Error:")} ${document["message"]}`;
  return hint === undefined ? head : `${head}\n${cyan("Hint:")} ${hint}`;
}

function causes(error: unknown): string {
  const lines = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  const seen = new Set<unknown>([error]);
  for (let cause = causeOf(error); cause !== undefined && !seen.has(cause); cause = causeOf(cause)) {
    seen.add(cause);
    lines.push(`caused by: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
  }
  return lines.join("\n");
}

function causeOf(value: unknown): unknown {
  return value instanceof Error ? value.cause : undefined;
}
