import { SdkError } from "../errors/sdk-error.ts";
import { parseJson } from "../util/json.ts";
import type { Json, JsonObject, JsonSchema } from "../util/json-types.ts";
import { issuePath, issueText, type ResolvedSchema, resolveSchema } from "./schema.ts";
import type { SchemaIssue } from "./standard-schema.ts";

/** A template's arguments: their JSON Schema for the manifest, and how values become what its code receives. */
export interface ArgsParser {
  readonly jsonSchema: JsonSchema;
  /** @throws INVALID_TASK_ARGS */
  parse(args: JsonObject): Promise<unknown>;
}

/**
 * The arguments of template `id` as `schema` declares them; without a schema it takes none.
 *
 * @throws INVALID_OPTION for what is no schema of an object with named properties
 */
export function argsParser(id: string, schema: unknown): ArgsParser {
  const declared = schema === undefined ? NO_ARGUMENTS : resolveSchema(schema, `template '${id}': args`);
  const jsonSchema = closed(declared.jsonSchema, id);
  const properties = (jsonSchema["properties"] ?? {}) as JsonObject;
  const required = (jsonSchema["required"] ?? []) as readonly string[];
  const refuse = (args: JsonObject, reason: string) => badArgs(id, args, reason);

  return {
    jsonSchema,
    async parse(args) {
      const unknown = Object.keys(args).find((name) => !Object.hasOwn(properties, name));
      if (unknown !== undefined && jsonSchema["additionalProperties"] === false) {
        throw refuse(args, `got an unexpected keyword argument '${unknown}'`);
      }
      const missing = required.find((name) => args[name] === undefined);
      if (missing !== undefined) throw refuse(args, `missing a required argument: '${missing}'`);
      const result = await validateLax(declared, args);
      if (result.issues !== undefined) throw refuse(args, issueText(result.issues));
      return result.value;
    },
  };
}

const NO_ARGUMENTS: ResolvedSchema = {
  validate: async (value) => ({ value }),
  jsonSchema: { type: "object", properties: {} },
};

/** Validates; where that fails on a string that is the JSON of a valid value, takes the value. A command line has only strings. */
async function validateLax(schema: ResolvedSchema, args: JsonObject) {
  const strict = await schema.validate(args);
  if (strict.issues === undefined) return strict;
  const faulty = new Set(strict.issues.map(argumentOf));
  const parsed = Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, faulty.has(name) ? unquoted(value) : value]),
  );
  const lax = await schema.validate(parsed);
  if (lax.issues === undefined) return lax;
  const stillFaulty = new Set(lax.issues.map(argumentOf));
  const issues = strict.issues.filter((issue) => stillFaulty.has(argumentOf(issue)));
  return { issues: issues.length > 0 ? issues : lax.issues };
}

function unquoted(value: Json | undefined): Json | undefined {
  if (typeof value !== "string") return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}

const argumentOf = (issue: SchemaIssue) => issuePath(issue)[0];

/** The manifest's form: an object that says whether it takes other names, untitled. */
function closed(schema: JsonSchema, id: string): JsonSchema {
  if (schema["type"] !== "object") {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `template '${id}': args must be a schema of an object, got ${JSON.stringify(schema).slice(0, 120)}`,
      hint: "name every argument, as in z.object({ difficulty: z.number() })",
    });
  }
  const { title: _title, additionalProperties: others, ...rest } = schema;
  return { properties: {}, ...rest, additionalProperties: isAnything(others) ? true : (others ?? false) };
}

/** `{}` is how a loose object is generated. */
function isAnything(schema: Json | undefined): boolean {
  return typeof schema === "object" && schema !== null && Object.keys(schema).length === 0;
}

function badArgs(id: string, args: JsonObject, reason: string): SdkError {
  const names = Object.keys(args).map((name) => `'${name}'`);
  return new SdkError({
    code: "INVALID_TASK_ARGS",
    message: `task '${id}': bad args [${names.join(", ")}]: ${reason}`,
    details: { template: id },
  });
}
