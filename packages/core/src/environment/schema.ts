import { errorText, SdkError } from "../errors/sdk-error.ts";
import type { JsonObject, JsonSchema } from "../util/json-types.ts";
import type { SchemaIssue, StandardResult } from "./standard-schema.ts";

/** A schema made ready: how to validate, and what the manifest says. */
export interface ResolvedSchema {
  validate(value: unknown): Promise<StandardResult<unknown>>;
  readonly jsonSchema: JsonSchema;
}

const HINT =
  "pass a schema that is Standard Schema and Standard JSON Schema (zod 4, ArkType), or { schema, jsonSchema }";

/**
 * Takes a user's schema apart. `where` names it in errors, such as `template 'x': args`.
 *
 * @throws INVALID_OPTION for anything that cannot validate or cannot be written as JSON Schema
 */
export function resolveSchema(value: unknown, where: string): ResolvedSchema {
  const pair = isObject(value) && !("~standard" in value) && "schema" in value ? value : undefined;
  const standard = standardOf(pair === undefined ? value : pair["schema"]);
  const validate = standard?.["validate"];
  if (typeof validate !== "function") {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `${where}: expected a schema, got ${kindOf(value)}`,
      hint: HINT,
    });
  }
  return {
    validate: async (input) => (await validate(input)) as StandardResult<unknown>,
    jsonSchema: withoutDialect(pair === undefined ? generate(standard, where) : written(pair["jsonSchema"], where)),
  };
}

/** `path: message` of each issue, joined; one line. */
export function issueText(issues: readonly SchemaIssue[]): string {
  return issues
    .map((issue) => {
      const path = issuePath(issue).join(".");
      return path === "" ? issue.message : `${path}: ${issue.message}`;
    })
    .join("; ");
}

/** The keys from the value to where the issue is. */
export function issuePath(issue: SchemaIssue): readonly string[] {
  return (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
}

function generate(standard: Readonly<Record<string, unknown>> | undefined, where: string): JsonSchema {
  const converter = standard?.["jsonSchema"];
  const input = isObject(converter) ? converter["input"] : undefined;
  if (typeof input !== "function") {
    const vendor = standard?.["vendor"];
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `${where}: the schema${typeof vendor === "string" ? ` of ${vendor}` : ""} validates, but cannot be written as JSON Schema`,
      hint: HINT,
    });
  }
  try {
    return input({ target: "draft-2020-12" }) as JsonSchema;
  } catch (error) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `${where}: the schema cannot be written as JSON Schema: ${errorText(error)}`,
      hint: "use types that JSON has, or pass { schema, jsonSchema } with the JSON Schema of the input side",
      cause: error,
    });
  }
}

function written(jsonSchema: unknown, where: string): JsonSchema {
  if (!isObject(jsonSchema) || Array.isArray(jsonSchema)) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `${where}: expected jsonSchema to be a JSON Schema object, got ${kindOf(jsonSchema)}`,
      hint: HINT,
    });
  }
  return jsonSchema as JsonObject;
}

function withoutDialect(schema: JsonSchema): JsonSchema {
  const { $schema: _dialect, ...rest } = schema;
  return rest;
}

function standardOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  // ArkType's schemas are functions.
  const standard = isObject(value) || typeof value === "function" ? Reflect.get(value, "~standard") : undefined;
  return isObject(standard) ? standard : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object without ~standard" : typeof value;
}
