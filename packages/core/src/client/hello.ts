import { z } from "zod";
import type { Capability } from "../spec/capability.ts";
import { isJsonObject } from "../util/json-object.ts";
import type { JsonObject } from "../util/json-types.ts";
import { jsonObject, orElse } from "../wire/codec/json-schemas.ts";
import { parseWith } from "../wire/codec/parse.ts";
import { FRAME_LIMITS } from "../wire/frame.ts";

/** What an environment says of itself when a client connects. */
export interface Manifest {
  readonly env: { readonly name: string; readonly version: string };
  /** What it exposes, with the urls as it sees them. */
  readonly bindings: readonly Capability[];
  /** Whether the server knows tokens; one of the Python reference does not, and checks none. */
  readonly tokenAware: boolean;
}

/** What a `hello` settles. */
export interface Hello {
  readonly sessionId: string;
  readonly manifest: Manifest;
  /** Bytes of a line that the peer reads, if it says so. */
  readonly maxFrameBytes: number | undefined;
  /** Whether the peer is a server of this implementation. */
  readonly isOurs: boolean;
}

/** What a client says of itself. */
export interface HelloOptions {
  readonly token?: string | undefined;
  /** A parked session to come back to. */
  readonly sessionId?: string | undefined;
}

/** The parameters of a `hello`; a peer of the reference ignores all but `session_id`. */
export function helloParams({ token, sessionId }: HelloOptions): JsonObject {
  return {
    ...(sessionId !== undefined && { session_id: sessionId }),
    ...(token !== undefined && { token }),
    client: { name: "hud-ts" },
    limits: { maxFrameBytes: FRAME_LIMITS.own },
  };
}

// What our servers call themselves.
const SERVER_NAME = "hud-ts";

const helloSchema = z.object({
  session_id: z.string(),
  env: z.object({ name: z.string(), version: z.string() }),
  bindings: z.array(
    z.object({ name: z.string(), protocol: z.string(), url: z.string(), params: orElse(jsonObject, {}) }),
  ),
  server: z.unknown().optional(),
  limits: z.object({ maxFrameBytes: z.int().positive() }).optional().catch(undefined),
});

/**
 * Reads the result of a `hello`.
 *
 * @throws MANIFEST_INVALID
 */
export function parseHello(result: JsonObject): Hello {
  const hello = parseWith(helloSchema, result, { code: "MANIFEST_INVALID", what: "hello" });
  return {
    sessionId: hello.session_id,
    manifest: {
      env: hello.env,
      bindings: hello.bindings,
      tokenAware: isJsonObject(hello.server),
    },
    maxFrameBytes: hello.limits?.maxFrameBytes,
    isOurs: isJsonObject(hello.server) && hello.server["name"] === SERVER_NAME,
  };
}
