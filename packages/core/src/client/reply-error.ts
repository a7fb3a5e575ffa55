import { isJsonObject } from "../util/json-object.ts";
import type { Json } from "../util/json-types.ts";
import { WIRE_CODES } from "../wire/frame.ts";
import { readOutsideFailure } from "../wire/outside-failure.ts";
import { ProtocolError } from "./protocol-error.ts";

/** What may be believed of an error frame, beside that the call failed. Its text may be the task's, which may be the agent's. */
export interface ReplyTrust {
  /** This client interrupted the call, so that words to that effect are the server's. */
  readonly interrupted: boolean;
  /** The peer is a server of ours, whose `data` names who is to blame. */
  readonly tellsBlame: boolean;
}

const NO_TRUST: ReplyTrust = { interrupted: false, tellsBlame: false };

/** The `error` member of a reply as an error; one that is malformed keeps its JSON as the text. */
export function replyError(method: string, error: Json, trust: ReplyTrust = NO_TRUST): ProtocolError {
  const { code, message, data } = isJsonObject(error) ? error : {};
  return new ProtocolError({
    method,
    wireCode: typeof code === "number" ? code : WIRE_CODES.failure,
    wireMessage: typeof message === "string" ? message : JSON.stringify(error),
    outside: trust.tellsBlame ? readOutsideFailure(data) : undefined,
    interrupted: trust.interrupted,
  });
}
