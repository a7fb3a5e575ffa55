import type { ProcessExit, TerminalSize } from "../contract.ts";

/** What the outside asks. Requests with an `id` that names a program use its number; streams derive theirs from it. */
export type Request =
  | StartRequest
  | { readonly op: "kill"; readonly id: number; readonly signal: NodeJS.Signals | null }
  | ({ readonly op: "resize"; readonly id: number } & TerminalSize)
  | { readonly op: "kill-all"; readonly id: number }
  | { readonly op: "dial"; readonly id: number; readonly port: number };

/** A program to start inside. */
export interface StartRequest extends ProgramRequest {
  readonly op: "start";
  readonly id: number;
  readonly user: "agent" | "grader";
}

/** A program to start, with everything resolved. */
export interface ProgramRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly terminal?: (TerminalSize & { readonly term: string }) | undefined;
}

/** What the inside answers and reports. */
export type Reply =
  | { readonly event: "ready" }
  | { readonly event: "done"; readonly id: number }
  | { readonly event: "failed"; readonly id: number; readonly failure: Failure }
  | ({ readonly event: "exit"; readonly id: number } & ProcessExit);

/** Why a request failed, in the terms of a system call. */
export interface Failure {
  /** `ENOENT`, `EAGAIN`, `ECONNREFUSED`, … */
  readonly code: string;
  readonly message: string;
}

/** Asks for a listening socket; it comes back over the channel that can carry one. */
export interface ListenRequest {
  readonly id: number;
  readonly port: number;
}

/** The answer; the socket travels beside it unless it failed. */
export interface ListenReply {
  readonly id: number;
  readonly failure?: Failure;
}
