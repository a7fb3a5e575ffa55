import { parseJson } from "../util/json.ts";
import type { Json } from "../util/json-types.ts";
import type { ResolvedSchema } from "./schema.ts";
import type { SchemaIssue } from "./standard-schema.ts";

/**
 * The answer to a task that declared what it returns: the validated value, or what came instead and why it is none.
 * A malformed answer cannot be used by accident; it is the policy's doing, so grade it rather than throw.
 */
export type Answer<T> =
  | {
      readonly ok: true;
      readonly content: T;
      /** The answer as given: the text, or the JSON of a value that was no text. */
      readonly raw: string;
    }
  | {
      readonly ok: false;
      /** What came: the answer itself. */
      readonly content: unknown;
      readonly raw: string;
      readonly issues: readonly SchemaIssue[];
    };

/** The answer as text: a value that is no string as its JSON, nothing as `""`. */
export function answerText(answer: Json | undefined): string {
  if (answer === undefined || answer === null) return "";
  return typeof answer === "string" ? answer : JSON.stringify(answer);
}

/** Validates an answer; a text is read as JSON first, and stands for itself where that gives nothing valid. */
export async function parseAnswer(schema: ResolvedSchema, answer: Json | undefined): Promise<Answer<unknown>> {
  const raw = answerText(answer);
  const given = answer ?? "";
  const candidates = typeof given === "string" ? [...jsonOf(given), given] : [given];
  let issues: readonly SchemaIssue[] = [];
  for (const candidate of candidates) {
    const result = await schema.validate(candidate);
    if (result.issues === undefined) return { ok: true, content: result.value, raw };
    if (issues.length === 0) issues = result.issues;
  }
  return { ok: false, content: given, raw, issues };
}

function jsonOf(text: string): readonly Json[] {
  try {
    return [parseJson(text)];
  } catch {
    return [];
  }
}
