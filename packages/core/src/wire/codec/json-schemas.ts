import { z } from "zod";
import { isJsonObject } from "../../util/json-object.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";

/** A JSON object, taken as it is: what it holds came from a JSON text and is not walked again. */
export const jsonObject: z.ZodType<JsonObject> = z.custom<JsonObject>(isJsonObject, "expected an object");

/** Any JSON value; absent counts as null. */
export const jsonValue: z.ZodType<Json> = z.custom<Json>().transform((value: Json | undefined) => value ?? null);

/** A member that may be null or absent, with what it is then. */
export function orElse<T>(schema: z.ZodType<T>, fallback: T): z.ZodType<T> {
  return schema.nullish().transform((value) => value ?? fallback);
}

/** A member that may be null or absent, and is null then. */
export function orNull<T>(schema: z.ZodType<T>): z.ZodType<T | null> {
  return schema.nullish().transform((value) => value ?? null);
}
