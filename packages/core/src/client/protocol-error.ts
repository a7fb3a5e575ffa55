import { SdkError } from "../errors/sdk-error.ts";
import type { ErrorCode } from "../errors/table.ts";
import { WIRE_CODES } from "../wire/frame.ts";

/** What a {@link ProtocolError} is made of. */
export interface ProtocolErrorOptions {
  /** The method that was called. */
  readonly method: string;
  readonly wireCode: number;
  readonly wireMessage: string;
  /** What the server says is to blame, when it is neither the environment nor the agent. */
  readonly outside?: ErrorCode | undefined;
  /** Whether this client had interrupted the call. */
  readonly interrupted?: boolean | undefined;
}

/** The server answered with an error frame, or with a reply that breaks the protocol (`wireCode` -32603). */
export class ProtocolError extends SdkError {
  /** The numeric code of the frame. */
  readonly wireCode: number;
  /** The frame's text, unchanged. */
  readonly wireMessage: string;

  constructor({ method, wireCode, wireMessage, outside, interrupted = false }: ProtocolErrorOptions) {
    const isInterruption = interrupted && wireCode === WIRE_CODES.failure && INTERRUPTED.test(wireMessage);
    super({
      code: isInterruption ? "ABORTED" : (outside ?? codeOf(method, wireCode, wireMessage)),
      message: wireMessage,
      hint: wireCode === WIRE_CODES.unauthorized ? "Pass the token that the environment was served with." : undefined,
      details: { method, wireCode },
    });
    this.name = "ProtocolError";
    this.wireCode = wireCode;
    this.wireMessage = wireMessage;
  }
}

/** The error of a reply that breaks the protocol. */
export function badReply(method: string, wireMessage: string): ProtocolError {
  return new ProtocolError({ method, wireCode: WIRE_CODES.badReply, wireMessage });
}

// Only our own words decide; whatever else stands in a text was written by the task's code.
const INTERRUPTED = /^(?:tasks\.cancel|bye) interrupted the task$/;
const BAD_ARGS = /^task '.*?': bad args/s;
const UNKNOWN_CAPABILITY = /^"?unknown capability: /;

function codeOf(method: string, wireCode: number, text: string): ErrorCode {
  if (wireCode === WIRE_CODES.unauthorized) return "RUNTIME_AUTH";
  if (method === "tasks.start") return startCode(wireCode, text);
  if (method === "tasks.grade") return wireCode === WIRE_CODES.badReply ? "GRADE_INVALID" : "GRADE_FAILED";
  if (method === "tunnel.open")
    return UNKNOWN_CAPABILITY.test(text) ? "UNKNOWN_CAPABILITY" : "CAPABILITY_CONNECT_FAILED";
  return method === "hello" ? "HANDSHAKE_FAILED" : "FRAME_INVALID";
}

function startCode(wireCode: number, text: string): ErrorCode {
  if (wireCode === WIRE_CODES.badParams && text.startsWith("unknown task:")) return "UNKNOWN_TEMPLATE";
  if (wireCode === WIRE_CODES.badParams || BAD_ARGS.test(text)) return "INVALID_TASK_ARGS";
  return "TASK_SETUP_FAILED";
}
