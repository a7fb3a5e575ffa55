import path from "node:path";
import { errorText, SdkError } from "@hud-ts/core/adapter";
import type { BuildFailure, Message } from "esbuild";
import { codeFrame } from "./code-frame.ts";
import { importMetaPrefix } from "./import-meta-plugin.ts";

const UNRESOLVED = /^Could not resolve "([^./"][^"]*)"/;

/** What a failed build says about the user's files: the first problem with its place, and how many there are. */
export function buildError(failure: unknown, directory: string): SdkError {
  const errors = isBuildFailure(failure) ? failure.errors : [];
  const [first] = errors;
  if (first === undefined) {
    return new SdkError({ code: "SOURCE_LOAD_FAILED", message: errorText(failure), cause: failure });
  }
  const more = errors.length > 1 ? `\n\nand ${errors.length - 1} more` : "";
  const missing = UNRESOLVED.exec(first.text)?.[1];
  return new SdkError({
    code: "SOURCE_LOAD_FAILED",
    message: describe(first, directory) + more,
    hint: missing === undefined ? undefined : `Install it beside the source: npm install ${packageName(missing)}`,
    details: { ...first.location },
  });
}

function describe({ text, location }: Message, directory: string): string {
  if (location === null) return text;
  const prefix = importMetaPrefix(path.resolve(directory, location.file));
  const added = location.lineText.startsWith(prefix) ? prefix.length : 0;
  const column = Math.max(location.column - added, 0) + 1;
  return codeFrame({
    file: location.file,
    line: location.line,
    column,
    text,
    code: location.lineText.slice(added),
  });
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function isBuildFailure(value: unknown): value is BuildFailure {
  return value instanceof Error && "errors" in value && Array.isArray(value.errors);
}
