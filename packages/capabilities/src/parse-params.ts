import { errorText, SdkError } from "@hud-ts/core/adapter";
import type { Capability, JsonObject } from "@hud-ts/core/spec";

/** A schema of any library that speaks Standard Schema, such as zod. */
export interface ParamsSchema<TParams> {
  readonly "~standard": {
    readonly validate: (value: unknown) => Validated<TParams> | Promise<Validated<TParams>>;
    readonly types?: { readonly input: unknown; readonly output: TParams } | undefined;
  };
}

/** Reads a binding's params: a schema, or a function that throws for what it cannot use. */
export type ParamsParser<TParams> = ParamsSchema<TParams> | ((params: JsonObject) => TParams | Promise<TParams>);

type Validated<TParams> =
  | { readonly value: TParams; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

/** The params of a binding, typed. @throws MANIFEST_INVALID when they are not what the capability's client needs, unless the parser names another code */
export async function parseParams<TParams>(parser: ParamsParser<TParams>, binding: Capability): Promise<TParams> {
  if (typeof parser !== "function") return validated(await parser["~standard"].validate(binding.params), binding);
  try {
    return await parser(binding.params);
  } catch (error) {
    if (SdkError.is(error)) throw error;
    throw malformed(binding, errorText(error), error);
  }
}

function validated<TParams>(result: Validated<TParams>, binding: Capability): TParams {
  if (result.issues === undefined) return result.value;
  throw malformed(binding, result.issues.map(issueText).join("; "));
}

function issueText({
  message,
  path = [],
}: {
  readonly message: string;
  readonly path?: readonly unknown[] | undefined;
}) {
  const keys = path.map((step) => (typeof step === "object" && step !== null && "key" in step ? step.key : step));
  return keys.length === 0 ? message : `${keys.map(String).join(".")}: ${message}`;
}

function malformed({ name, protocol }: Capability, problem: string, cause?: unknown): SdkError {
  return new SdkError({
    code: "MANIFEST_INVALID",
    message: `capability '${name}': its params are not those of ${protocol}: ${problem}`,
    cause,
  });
}
