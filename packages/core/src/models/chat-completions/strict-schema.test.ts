import { expect, it } from "vitest";
import { z } from "zod";
import { isStrictSchema } from "./strict-schema.ts";

const part = { type: "object", properties: { a: { type: "string" } }, additionalProperties: false };

it.each([
  [true, { type: "string" }],
  [true, { ...part, required: ["a"] }],
  [true, z.toJSONSchema(z.object({ verdict: z.enum(["met", "unmet"]), parts: z.array(z.object({ a: z.string() })) }))],
  [false, part],
  [false, { type: "object", properties: { a: { type: "string" } }, required: ["a"] }],
  [false, { type: "array", items: part }],
  [false, { anyOf: [{ type: "string" }, part] }],
])("says %s of %j", (expected, schema) => {
  expect(isStrictSchema(schema as never)).toBe(expected);
});
