import { z } from "zod";
import type { JsonObject, JsonSchema } from "../util/json-types.ts";
import { jsonObject, orElse } from "../wire/codec/json-schemas.ts";
import { parseWith } from "../wire/codec/parse.ts";

/** A template as its environment announces it. */
export interface TemplateManifest {
  readonly id: string;
  readonly description: string;
  /** What it takes. */
  readonly args: JsonSchema;
  /** What it declares of its input. */
  readonly input?: JsonSchema | undefined;
  /** What it takes for an answer, when it declared that. */
  readonly returns?: JsonSchema | undefined;
}

const schema = z.object({
  tasks: z.array(
    z.object({
      id: z.string(),
      description: orElse(z.string(), ""),
      args: orElse(jsonObject, {}),
      input: jsonObject.exactOptional(),
      returns: jsonObject.exactOptional(),
    }),
  ),
});

/**
 * Reads the result of a `tasks.list`.
 *
 * @throws MANIFEST_INVALID
 */
export function parseTaskList(result: JsonObject): readonly TemplateManifest[] {
  return parseWith(schema, result, { code: "MANIFEST_INVALID", what: "tasks.list" }).tasks;
}
