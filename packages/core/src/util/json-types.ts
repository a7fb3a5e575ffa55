/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A JSON object; a member that is undefined is absent. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** A JSON Schema document, draft 2020-12. */
export type JsonSchema = JsonObject;
