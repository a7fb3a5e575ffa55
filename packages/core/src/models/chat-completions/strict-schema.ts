import type { Json } from "../../util/json-types.ts";

/**
 * Whether a schema may be sent as strict: every object closed, with all its properties required. OpenAI refuses a
 * request whose strict schema is not; such a one is sent as a wish instead.
 *
 * @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function isStrictSchema(schema: Json | undefined): boolean {
  if (Array.isArray(schema)) return schema.every(isStrictSchema);
  if (typeof schema !== "object" || schema === null) return true;
  return (
    isClosed(schema as { readonly [key: string]: Json | undefined }) && Object.values(schema).every(isStrictSchema)
  );
}

function isClosed(schema: { readonly [key: string]: Json | undefined }): boolean {
  if (schema["type"] !== "object") return true;
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const names = Object.keys(schema["properties"] ?? {});
  return schema["additionalProperties"] === false && names.every((name) => required.includes(name));
}
