/**
 * A schema library's value, by the two halves of Standard Schema that a template needs: it validates, and it can be written
 * as JSON Schema for the manifest. The values of zod 4 and of ArkType are such.
 *
 * @see https://standardschema.dev
 */
export interface StandardSchema<TInput = unknown, TOutput = TInput> {
  readonly "~standard": StandardValidator<TInput, TOutput> & {
    readonly jsonSchema: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

/** A Standard Schema that only validates, with its JSON Schema written by hand beside it. */
export interface SchemaPair<TInput = unknown, TOutput = TInput> {
  readonly schema: { readonly "~standard": StandardValidator<TInput, TOutput> };
  /** JSON Schema of the input side, draft 2020-12. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/** What `args`, `returns` and `input` take. */
export type TypedSchema<TInput = unknown, TOutput = TInput> =
  | StandardSchema<TInput, TOutput>
  | SchemaPair<TInput, TOutput>;

/** What a schema accepts: the type before defaults and transforms. */
export type SchemaInput<TSchema> = SchemaTypes<TSchema> extends { readonly input: infer TInput } ? TInput : never;

/** What a schema gives: the type after defaults and transforms. */
export type SchemaOutput<TSchema> = SchemaTypes<TSchema> extends { readonly output: infer TOutput } ? TOutput : never;

/** The validating half of Standard Schema, version 1. */
export interface StandardValidator<TInput = unknown, TOutput = TInput> {
  readonly version: 1;
  readonly vendor: string;
  readonly types?: { readonly input: TInput; readonly output: TOutput } | undefined;
  readonly validate: (value: unknown) => StandardResult<TOutput> | Promise<StandardResult<TOutput>>;
}

/** A validation's result: a value, or the issues. */
export type StandardResult<TOutput> =
  | { readonly value: TOutput; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that a schema found wrong. */
export interface SchemaIssue {
  readonly message: string;
  /** From the outside in; absent for the value itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type SchemaTypes<TSchema> = TSchema extends { readonly "~standard": { readonly types?: infer TTypes } }
  ? NonNullable<TTypes>
  : TSchema extends { readonly schema: infer TInner }
    ? SchemaTypes<TInner>
    : never;
