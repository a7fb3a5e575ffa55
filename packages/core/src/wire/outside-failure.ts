import { SdkError } from "../errors/sdk-error.ts";
import type { ErrorCode } from "../errors/table.ts";
import type { Json, JsonObject } from "../util/json-types.ts";

// A model or judge that a task's code calls, or a sandbox that died under a grader, is neither the environment's fault nor the
// agent's. Codes that speak of the placement itself stay out: the environment cannot know those, and its peer finds out on its own.
const OUTSIDE: readonly ErrorCode[] = [
  "CAPABILITY_LOST",
  "JUDGE_FAILED",
  "MODEL_AUTH",
  "MODEL_RATE_LIMITED",
  "MODEL_REQUEST_INVALID",
  "MODEL_UNAVAILABLE",
];

/** The code of an error whose blame would be lost with it: `data.code` of the error frame, which a Python peer ignores. */
export function outsideFailure(error: unknown): ErrorCode | undefined {
  return SdkError.is(error) && OUTSIDE.includes(error.code) ? error.code : undefined;
}

/** Reads {@link outsideFailure} back from an error frame's `data`; anything else there says nothing. */
export function readOutsideFailure(data: Json | undefined): ErrorCode | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { code } = data as JsonObject;
  return OUTSIDE.find((known) => known === code);
}
