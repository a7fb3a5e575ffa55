import { z } from "zod";
import type { ComposeConfig, RuntimeConfig, RuntimeLimits, RuntimeResources } from "../../spec/task-row.ts";
import { compact } from "../../util/json-object.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { jsonObject } from "./json-schemas.ts";

const positiveInt = z.int("expected an integer").min(1, "expected at least 1");
const text = z.string().min(1, "expected a text that is not empty");

const gpu = z.strictObject({
  type: z.union([text, z.array(text)], "expected a text or an array of texts").exactOptional(),
  count: positiveInt.exactOptional(),
});

const tpu = z.strictObject({
  type: text,
  topology: z.string().regex(/^[1-9]\d*(?:x[1-9]\d*)+$/, "expected sizes joined by x, such as 2x2"),
});

const resources: z.ZodType<RuntimeResources> = z
  .strictObject({
    cpu: z.number().positive("expected more than 0").nullish(),
    memory_mb: positiveInt.nullish(),
    storage_mb: positiveInt.nullish(),
    gpu: gpu.nullish(),
    os: text.nullish(),
    tpu: tpu.nullish(),
  })
  .transform(({ memory_mb, storage_mb, ...rest }) => present({ ...rest, memoryMb: memory_mb, storageMb: storage_mb }));

const limits: z.ZodType<RuntimeLimits> = z
  .strictObject({ startup_timeout_s: positiveInt.nullish(), run_timeout_s: positiveInt.nullish() })
  .transform((value) => present({ startupTimeoutS: value.startup_timeout_s, runTimeoutS: value.run_timeout_s }));

const compose: z.ZodType<ComposeConfig> = z
  .strictObject({
    document: z.union([text, jsonObject], "expected a path or a Compose document"),
    root: z
      .union([text, z.strictObject({ compose_path: text })], "expected a path or {compose_path}")
      .transform((root) => (typeof root === "string" ? root : { composePath: root.compose_path }))
      .nullish(),
    service_access: z.boolean().nullish(),
  })
  .refine(({ document, root }) => !root || typeof root === typeof document, {
    error: "document and root must both be paths or both be data",
  })
  .transform((value) => present({ document: value.document, root: value.root, serviceAccess: value.service_access }));

/** The `runtime_config` of a row file; an unknown key is an error at every level, so that a typing mistake is not a silent default. */
export const runtimeConfigSchema: z.ZodType<RuntimeConfig> = z
  .strictObject({
    image: text.nullish(),
    compose: compose.nullish(),
    resources: resources.nullable().exactOptional(),
    limits: limits.nullable().exactOptional(),
  })
  .refine((value) => !value.image || !value.compose, { error: "image and compose exclude each other" })
  .transform(({ image, compose: project, ...rest }) => ({ ...present({ image, compose: project }), ...rest }));

/** The file form of a {@link RuntimeConfig}; a null that was set for all resources or limits stays. */
export function encodeRuntimeConfig(config: RuntimeConfig): JsonObject {
  return {
    ...compact({ image: config.image, compose: config.compose && encodeCompose(config.compose) }),
    ...(config.resources !== undefined && { resources: config.resources && encodeResources(config.resources) }),
    ...(config.limits !== undefined && { limits: config.limits && encodeLimits(config.limits) }),
  };
}

function encodeCompose({ document, root, serviceAccess }: ComposeConfig): JsonObject {
  return compact({
    document,
    root: typeof root === "object" ? { compose_path: root.composePath } : root,
    service_access: serviceAccess,
  });
}

function encodeResources(value: RuntimeResources): JsonObject {
  return compact({
    cpu: value.cpu,
    memory_mb: value.memoryMb,
    storage_mb: value.storageMb,
    gpu: value.gpu && compact(value.gpu),
    os: value.os,
    tpu: value.tpu && { type: value.tpu.type, topology: value.tpu.topology },
  });
}

function encodeLimits(value: RuntimeLimits): JsonObject {
  return compact({ startup_timeout_s: value.startupTimeoutS, run_timeout_s: value.runTimeoutS });
}

type Present<T> = { [K in keyof T as null extends T[K] ? never : undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : undefined extends T[K] ? K : never]?: NonNullable<T[K]>;
};

function present<T extends object>(members: T): Present<T> {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(kept) as Present<T>;
}
