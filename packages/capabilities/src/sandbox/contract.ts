import type { Duplex, Readable, Writable } from "node:stream";
import type { CommandRequest, CommandResult } from "@hud-ts/core/spec";

/** Size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A program to start. */
export interface ProcessRequest {
  readonly argv: readonly string[];
  /** Path as seen inside. @default the host's working directory */
  readonly cwd?: string;
  /** Added to the exact environment of the host; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** `grader` runs under a uid that the agent can neither signal nor trace. @default "agent" */
  readonly user?: "agent" | "grader";
  /** Gives it a controlling terminal; its output then arrives on `stdout` alone. */
  readonly terminal?: TerminalSize & { readonly term: string };
}

/** How a program ended: one of the two is set. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program, the leader of a process group of its own. Its streams push back: what is not read is not produced. */
export interface HostedProcess {
  /** Ending it gives the program end of file. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the leader is gone. The streams end with what was written until then; what its children write later is dropped. */
  readonly exit: Promise<ProcessExit>;
  /** Signals the process group. Without a signal: SIGTERM, a second later SIGKILL. */
  kill(signal?: NodeJS.Signals): void;
  /** Resizes its terminal, when it has one. */
  resize(size: TerminalSize): void;
}

/** Where programs can be started: a sandbox, or this very machine where isolation was given up. */
export interface ProcessHost {
  /**
   * Starts a program; resolves when it runs.
   *
   * @throws CAPABILITY_LOST when the host is gone; TOOL_INPUT_INVALID when there is no such program or directory
   */
  start(request: ProcessRequest, options: { readonly signal: AbortSignal }): Promise<HostedProcess>;
}

/** Whether the absence of a sandbox is an error, tolerated, or asked for. */
export type IsolationPolicy = "required" | "auto" | "none";

/** What keeps the inside in. */
export interface Isolation {
  /** `separate-users`: supervisor, agent and grader have uids of their own; `one-user`: a sandbox made without root; `none`: no sandbox. */
  readonly kind: "separate-users" | "one-user" | "none";
  /** What is weaker than in the full form, one sentence each. */
  readonly weaker: readonly string[];
}

/** Host uids (and gids) of one sandbox; inside they are 0, 1000 and 1001. */
export interface SandboxUids {
  readonly supervisor: number;
  readonly agent: number;
  readonly grader: number;
}

/** Bounds of one sandbox; what the machine cannot enforce is named in {@link Isolation.weaker}. */
export interface SandboxLimits {
  /** Processes and threads of the agent, at least 32. @default 256 */
  readonly processes?: number;
  /** Bytes of memory, all processes together, where cgroups allow it. @default none */
  readonly memoryBytes?: number;
  /** Bytes of `/tmp`. @default 256 MiB */
  readonly tmpBytes?: number;
  /** Bytes of one file. @default 1 GiB */
  readonly fileBytes?: number;
  /** Open files of one process. @default 4096 */
  readonly openFiles?: number;
}

/** One path of this machine that is seen inside. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  /** @default true */
  readonly readOnly?: boolean;
}

/** What a sandbox is made of. */
export interface SandboxOptions {
  /** Absolute path of the directory that is writable inside, at `guestPath`. It must belong to `uids.agent`; without `uids` it is given to the sandbox's own. */
  readonly root: string;
  /** @default "/workspace" */
  readonly guestPath?: string;
  /** Further paths; read-only unless said otherwise. */
  readonly mounts?: readonly Mount[];
  /** The exact environment of every program, beside PATH, HOME and LANG. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: SandboxLimits;
  /** Hosts that may be reached through the proxy, with their subdomains; `*` is any. @default none: no way out */
  readonly allowedHosts?: readonly string[];
  /** Address ranges in CIDR form at which allowed hosts may stand although they are not public, as a registry of one's own. @default none */
  readonly allowedAddresses?: readonly string[];
  /** Uids to run under; the caller keeps them. @default a set of its own from the allocator, given back at the end */
  readonly uids?: SandboxUids;
  /** @default "required" */
  readonly isolation?: IsolationPolicy;
}

/** A running sandbox: one set of namespaces, in which programs come and go. Disposing it ends everything inside. */
export interface Sandbox extends ProcessHost, AsyncDisposable {
  readonly isolation: Isolation;
  readonly guestPath: string;
  /** Fires, with the reason, when it ended by itself: killed for memory, or its supervisor died. */
  readonly lost: AbortSignal;
  /** Runs one command to its end with bounded output. A timeout kills the whole process group. */
  run(
    request: CommandRequest,
    options: { readonly signal: AbortSignal; readonly user?: "agent" | "grader" },
  ): Promise<CommandResult>;
  /** Ends every program of the agent and the grader; resolves when none is left. */
  killAll(): Promise<void>;
  /** Listens on loopback inside; `accept` gets each connection on this side. Disposing stops it. */
  listenInside(
    port: number,
    accept: (connection: Duplex) => void,
  ): Promise<AsyncDisposable & { readonly port: number }>;
  /** Opens one connection to a port inside. The caller closes it. */
  dialInside(port: number, options: { readonly signal: AbortSignal }): Promise<Duplex>;
}
