import { isJsonObject } from "../util/json-object.ts";
import type { Json } from "../util/json-types.ts";
import { WIRE_CODES } from "../wire/frame.ts";
import { readOutsideFailure } from "../wire/outside-failure.ts";
import { ProtocolError } from "./protocol-error.ts";

/** The `error` member of a reply as an error; one that is malformed keeps its JSON as the text. */
export function replyError(method: string, error: Json): ProtocolError {
  const { code, message, data } = isJsonObject(error) ? error : {};
  return new ProtocolError({
    method,
    wireCode: typeof code === "number" ? code : WIRE_CODES.failure,
    wireMessage: typeof message === "string" ? message : JSON.stringify(error),
    outside: readOutsideFailure(data),
  });
}
