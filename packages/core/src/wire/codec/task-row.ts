import { z } from "zod";
import type { RuntimeConfig, TaskRow } from "../../spec/task-row.ts";
import { compact } from "../../util/json-object.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { jsonObject } from "./json-schemas.ts";
import { parseWith } from "./parse.ts";
import { encodeRuntimeConfig, runtimeConfigSchema } from "./runtime-config.ts";

/** How a row file is read. */
export interface DecodeTaskRowOptions {
  /** Names the row in errors, such as `row 3 of bugs.jsonl`. @default "task row" */
  readonly what?: string;
  /** Gives the slug of a row, or of its verifier, that names none. */
  readonly deriveSlug: (row: UnnamedRow) => string;
}

/** What a derived slug depends on. */
interface UnnamedRow {
  readonly id: string;
  readonly args: JsonObject;
  /** Where it stands: the row itself or its verifier. */
  readonly part: "row" | "verifier";
}

interface FileRow {
  readonly env: string;
  readonly id: string;
  readonly args: JsonObject;
  readonly slug: string | undefined;
  readonly validation: readonly JsonObject[] | undefined;
  readonly agentConfig: JsonObject | undefined;
  readonly columns: JsonObject | undefined;
  readonly runtimeConfig: RuntimeConfig | undefined;
  readonly verifier: FileRow | undefined;
}

const text = z.string().min(1, "expected a text that is not empty");

const verifierSchema = rowSchema(
  z
    .custom<null>((value) => value === null, "a verifier may not have a verifier of its own")
    .optional()
    .transform(() => undefined),
);

const fileRowSchema = rowSchema(optional(verifierSchema));

/**
 * Reads a row of a task file; members it does not know are ignored, those of `runtime_config` are refused.
 *
 * @throws INVALID_TASK_ROW naming each place that does not fit
 */
export function decodeTaskRow(value: unknown, options: DecodeTaskRowOptions): TaskRow {
  const row = parseWith(fileRowSchema, value, { code: "INVALID_TASK_ROW", what: options.what ?? "task row" });
  const named = withSlug(row, "row", options);
  return row.verifier === undefined ? named : { ...named, verifier: withSlug(row.verifier, "verifier", options) };
}

/** The compact file form of a row: nulls omitted, `args` and `slug` always there, keys in the reference's order. */
export function encodeTaskRow(row: TaskRow): JsonObject {
  return compact({
    env: row.env,
    id: row.id,
    args: row.args,
    slug: row.slug,
    validation: row.validation,
    agent_config: row.agentConfig,
    columns: row.columns,
    runtime_config: row.runtimeConfig && encodeRuntimeConfig(row.runtimeConfig),
    verifier: row.verifier && encodeTaskRow(row.verifier),
  });
}

function withSlug(row: FileRow, part: UnnamedRow["part"], { deriveSlug }: DecodeTaskRowOptions): TaskRow {
  const { id, args } = row;
  return { ...row, slug: row.slug ?? deriveSlug({ id, args, part }), verifier: undefined };
}

function rowSchema(verifier: z.ZodType<FileRow | undefined>): z.ZodType<FileRow> {
  return z
    .object({
      env: text,
      id: text,
      args: jsonObject.default({}),
      slug: text.optional(),
      validation: optional(z.array(jsonObject)),
      agent_config: optional(jsonObject),
      columns: optional(jsonObject),
      runtime_config: optional(runtimeConfigSchema),
      verifier,
    })
    .transform(({ agent_config, runtime_config, slug, ...row }) => ({
      ...row,
      slug,
      agentConfig: agent_config,
      runtimeConfig: runtime_config,
    }));
}

function optional<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}
