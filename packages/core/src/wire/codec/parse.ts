import type { z } from "zod";
import { SdkError } from "../../errors/sdk-error.ts";
import type { ErrorCode } from "../../errors/table.ts";

/** Names what is parsed, for the error. */
export interface ParseContext {
  readonly code: ErrorCode;
  /** Stands before the path: `row 3 of tasks.json`, `grade`. */
  readonly what: string;
  readonly hint?: string | undefined;
}

/** Parses `value`, or throws one error that names every place that does not fit and what stands there. */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, context: ParseContext): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => describe(issue, value));
  throw new SdkError({
    code: context.code,
    message: `${context.what}: ${problems.join("; ")}`,
    hint: context.hint,
    details: { problems },
  });
}

function describe(issue: z.core.$ZodIssue, root: unknown): string {
  const path = issue.path.map((key, at) =>
    typeof key === "number" ? `[${key}]` : `${at === 0 ? "" : "."}${String(key)}`,
  );
  const where = path.length === 0 ? "" : `${path.join("")}: `;
  return `${where}${problem(issue, valueAt(root, issue.path))}`;
}

function problem(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "unrecognized_keys") return `unknown ${issue.keys.map((key) => `'${key}'`).join(", ")}`;
  if (issue.code === "invalid_type") return `expected ${article(issue.expected)}, got ${show(value)}`;
  if (issue.code === "custom" && !issue.message.startsWith("expected")) return issue.message;
  return `${issue.message.replace(/^Invalid input: /, "")}, got ${show(value)}`;
}

function article(type: string): string {
  if (type === "record") return "an object";
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}
