import { packageVersions } from "../../rollout/versions.ts";
import type { JsonObject } from "../../util/json-types.ts";
import type { ServedEnvironment } from "../definition.ts";

// A smaller announcement could not even carry a refusal.
const MIN_FRAME_BYTES = 1_024;

/** What a `hello` result says beyond the environment. */
export interface ManifestOptions {
  readonly sessionId: string;
  readonly maxFrameBytes: number;
}

/** The result of `hello`. A peer of the reference ignores the members after `bindings`. */
export function manifest(environment: ServedEnvironment, options: ManifestOptions): JsonObject {
  return {
    session_id: options.sessionId,
    env: { name: environment.name, version: environment.version },
    bindings: environment.bindings().map(({ name, protocol, url, params }) => ({ name, protocol, url, params })),
    protocol: "hud/1.0",
    server: serverName(),
    limits: { maxFrameBytes: options.maxFrameBytes },
  };
}

let identity: JsonObject | undefined;

function serverName(): JsonObject {
  identity ??= { name: "hud-ts", version: packageVersions()["@hud-ts/core"] };
  return identity;
}

/** The result of `tasks.list`. */
export function taskList(environment: ServedEnvironment): JsonObject {
  const tasks = [...environment.templates.values()].map(({ id, description, schemas }) => ({
    id,
    description,
    args: schemas.args,
    ...(schemas.input === undefined ? {} : { input: schemas.input }),
    ...(schemas.returns === undefined ? {} : { returns: schemas.returns }),
  }));
  return { tasks };
}

/** Bytes of a line that the peer says it reads (`limits.maxFrameBytes` of its `hello`); undefined when it says nothing usable. */
export function announcedLimit(params: JsonObject): number | undefined {
  const limits = params["limits"];
  if (typeof limits !== "object" || limits === null || Array.isArray(limits)) return undefined;
  const bytes = (limits as JsonObject)["maxFrameBytes"];
  return typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= MIN_FRAME_BYTES ? bytes : undefined;
}
