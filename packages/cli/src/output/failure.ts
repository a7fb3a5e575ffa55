import { type ErrorKind, errorText, SdkError } from "@hud-ts/core/adapter";
import { interruptionCode } from "../interruption.ts";
import type { Output } from "./output.ts";

/** The document of a failure. */
interface FailureDocument {
  readonly error: ErrorKind;
  readonly message: string;
  /** What was given, where one word of it is to blame. */
  readonly input?: string;
  /** The remedy. */
  readonly suggestion?: string;
}

/** What a failure is reported with. */
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
  const interrupted = SdkError.is(error, "ABORTED") || (signal.aborted && error === signal.reason);
  const document: FailureDocument = interrupted
    ? { error: "cancelled", message: errorText(signal.aborted ? signal.reason : error) }
    : failureDocument(error);
  output.error(humanText(document, output));
  if (options.verbose) output.error(causes(error));
  if (!output.documentWritten) output.document({ ...document });
  if (interrupted) return interruptionCode(signal);
  return document.error === "usage" ? 2 : 1;
}

/** The document of an error: `{error, message, input?, suggestion?}`. */
function failureDocument(error: unknown): FailureDocument {
  if (!SdkError.is(error)) return { error: "failure", ...explained(error) };
  const input = error.details["input"];
  return {
    error: error.kind,
    message: error.message,
    ...(typeof input === "string" ? { input } : {}),
    ...(error.hint === undefined ? {} : { suggestion: error.hint }),
  };
}

/** What the system refused, with the path it refused; anything else in its own words. */
function explained(error: unknown): Pick<FailureDocument, "message" | "input" | "suggestion"> {
  const { code, syscall, path } = error as Partial<NodeJS.ErrnoException>;
  if (!(error instanceof Error) || code === undefined || syscall === undefined || path === undefined) {
    return { message: errorText(error) };
  }
  const reason = /^[A-Z0-9]+: (.*?),/.exec(error.message)?.[1] ?? code;
  const verb = { mkdir: "create the directory", scandir: "read the directory", open: "open" }[syscall] ?? syscall;
  const suggestion = SUGGESTIONS[code];
  return {
    message: `cannot ${verb} ${path}: ${reason}`,
    input: path,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

const SUGGESTIONS: Readonly<Record<string, string>> = {
  EACCES: "Choose a place that you may write to, or change its permissions.",
  EPERM: "Choose a place that you may write to, or change its permissions.",
  EROFS: "It lies on a read-only disk: choose another place.",
  EEXIST: "A file stands where a directory is needed: move it away.",
  ENOENT: "The directory it lies in is missing or read-only: choose another place.",
  ENOTDIR: "A part of the path is a file: choose another place.",
  ENOSPC: "The disk is full: make room, then try again.",
};

function humanText({ error, message, suggestion }: FailureDocument, output: Output): string {
  const { red, cyan } = output.colors;
  const head = error === "cancelled" ? message : `${red("Error:")} ${message}`;
  return suggestion === undefined ? head : `${head}\n${cyan("Hint:")} ${suggestion}`;
}

function causes(error: unknown): string {
  const lines = [stackOf(error)];
  const seen = new Set<unknown>([error]);
  for (let cause = causeOf(error); cause !== undefined && !seen.has(cause); cause = causeOf(cause)) {
    seen.add(cause);
    lines.push(`caused by: ${stackOf(cause)}`);
  }
  return lines.join("\n");
}

function stackOf(value: unknown): string {
  return value instanceof Error && value.stack !== undefined ? value.stack : errorText(value);
}

function causeOf(value: unknown): unknown {
  return value instanceof Error ? value.cause : undefined;
}
