import type { Json, JsonObject } from "../util/json-types.ts";

/** A request; without an id (or with null) a notification, which nobody answers. */
interface RequestFrame {
  readonly jsonrpc: "2.0";
  readonly id?: Json;
  readonly method: string;
  readonly params?: JsonObject;
}

/** The answer to a request that held. */
interface ResultFrame {
  readonly jsonrpc: "2.0";
  readonly id: Json;
  readonly result: JsonObject;
}

/** The answer to a request that failed; `id` is null where no request could be read. */
interface ErrorFrame {
  readonly jsonrpc: "2.0";
  readonly id: Json;
  readonly error: {
    readonly code: number;
    readonly message: string;
    /** Ours: the error's code of the table, where the blame would be lost without it. */
    readonly data?: { readonly code: string };
  };
}

/** One line of the control channel. */
export type Frame = RequestFrame | ResultFrame | ErrorFrame;

/** Numeric error codes of the control channel. */
export const WIRE_CODES = {
  /** The request does not fit the session's state. */
  invalidState: -32600,
  unknownMethod: -32601,
  badParams: -32602,
  /** Only raised by a client, for a reply that breaks the protocol. */
  badReply: -32603,
  /** Whatever the environment's code threw. */
  failure: -32000,
  /** The connection has not shown the token. Ours: a peer without tokens never meets it. */
  unauthorized: -32001,
} as const;

/** Line limits in bytes, newline not counted. */
export const FRAME_LIMITS = {
  /** What our ends read, and write to a peer that announced as much. */
  own: 64 * 1024 * 1024,
  /** What a peer that announced nothing reads. */
  reference: 16 * 1024 * 1024,
} as const;
