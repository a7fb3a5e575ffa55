import { z } from "zod";
import { SdkError } from "../../errors/sdk-error.ts";
import type { SubScore } from "../../spec/grader.ts";
import type { Grade } from "../../spec/run-result.ts";
import { isJsonObject } from "../../util/json-object.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";
import { jsonObject } from "./json-schemas.ts";
import { parseWith } from "./parse.ts";

// Python takes a bool for a number, and older environments send one as a value.
const unitInterval = z
  .union([z.number(), z.boolean().transform(Number)], "expected a number")
  .refine((value) => value >= 0 && value <= 1, "expected a number from 0 to 1");

const subscoreSchema: z.ZodType<SubScore> = z
  .object({
    name: z.string(),
    weight: z.number().default(1),
    value: unitInterval,
    get children() {
      return z.array(subscoreSchema).nullish();
    },
    info: jsonObject.nullish(),
    metadata: jsonObject.nullish(), // what `info` was called before
  })
  .transform(({ children, info, metadata, ...rest }) => ({
    ...rest,
    children: children ?? null,
    info: info ?? metadata ?? null,
  }));

/**
 * Reads a grade frame.
 *
 * @throws GRADE_INVALID for a score that is not a finite number, and for subscores that are none
 */
export function decodeGrade(frame: JsonObject): Grade {
  const { score, content, info, subscores } = frame;
  if (typeof score !== "number" || !Number.isFinite(score)) {
    throw new SdkError({
      code: "GRADE_INVALID",
      message: `tasks.grade: result must include a finite numeric 'score', got ${pythonRepr(score)}`,
    });
  }
  return {
    reward: score,
    done: frame["done"] === undefined || Boolean(frame["done"]),
    content: typeof content === "string" ? content : null,
    info: isJsonObject(info) ? info : {},
    isError: Boolean(frame["isError"]),
    subscores: Array.isArray(subscores) ? decodeSubscores(subscores) : null,
    raw: frame,
  };
}

function decodeSubscores(value: unknown): readonly SubScore[] {
  const schema = z.object({ subscores: z.array(subscoreSchema) });
  return parseWith(schema, { subscores: value }, { code: "GRADE_INVALID", what: "tasks.grade" }).subscores;
}

/** The wire form of a subscore: all five members, at every level. */
export function encodeSubscore({ name, weight, value, children, info }: SubScore): JsonObject {
  return { name, weight, value, children: children?.map(encodeSubscore) ?? null, info };
}

// The text is the reference's, which prints what it got the way Python does.
function pythonRepr(value: Json | undefined): string {
  if (value === undefined || value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (typeof value === "string") return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value}'`;
  return JSON.stringify(value);
}
