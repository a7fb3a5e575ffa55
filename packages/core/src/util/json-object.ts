import type { Json, JsonObject } from "./json-types.ts";

/** A copy without the members that are null or undefined; what they hold is left alone. */
export function compact(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));
}

/** Whether a JSON value is an object, arrays and null excepted. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
