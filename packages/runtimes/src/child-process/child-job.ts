import type { ErrorCode, SdkError } from "@hud-ts/core/adapter";

/** What a child is to serve: one JSON line on its stdin, which then stays open for as long as the parent lives. */
export interface ChildJob {
  /** A bundled source, see `bundleSource`. */
  readonly bundle: string;
  /** The source's directory. */
  readonly directory: string;
  /** Name of the environment to serve. */
  readonly environment: string;
  /** Token of the control channel. On stdin, because arguments and environment variables can be read by others. */
  readonly token: string;
  /** Milliseconds for stopping the environment when the parent is gone. */
  readonly stopGraceMs: number;
}

/** Why a child cannot serve: an error of the table, as data. */
export interface ChildFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A child's one answer, a JSON line on its descriptor 3, where nothing that user code prints can pass for it. */
export type ChildReply = { readonly port: number } | { readonly failure: ChildFailure };

/** Descriptor of the child's replies. */
export const REPLY_FD = 3;

/** Reads a child's reply; user code that wrote to the descriptor makes it a failure of the start. */
export function parseReply(line: string): ChildReply {
  const reply = parsed(line);
  if (typeof reply === "object" && reply !== null && ("port" in reply || "failure" in reply))
    return reply as ChildReply;
  return { failure: { code: "RUNTIME_START_FAILED", message: "the environment's process gave no readable reply" } };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A failure as a child replies it. */
export function toChildFailure({ code, message, hint }: SdkError): ChildFailure {
  return { code, message, hint };
}
