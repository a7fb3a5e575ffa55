/** One command for a {@link CommandTarget}. */
export interface CommandRequest {
  /** Run by `bash -c`. */
  readonly command: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** Milliseconds; the whole process group is killed when they are over. */
  readonly timeoutMs?: number;
  /** Most bytes kept of stdout and of stderr each; the rest is dropped and counted. */
  readonly maxOutputBytes?: number;
  /** Read-only mounts: path inside to what stands there. Only where the target can mount. */
  readonly files?: Readonly<Record<string, URL | string>>;
  /** Paths put back from the baseline before the command runs. */
  readonly restore?: readonly string[];
}

/** What a command left. */
export interface CommandResult {
  /** Null when a signal ended it or it timed out. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Bytes dropped beyond the limit, of both streams. */
  readonly droppedBytes: number;
}

/** Where a grader runs a command: a running sandbox, or a fresh one over a snapshot of it. */
export interface CommandTarget {
  readonly specVersion: "command-target/1";
  /**
   * `live` commands run beside what the agent left running, and before `snapshot` ones, which see a frozen copy.
   * A live command after the freeze is an error (GRADE_INVALID): what it would look at is gone.
   */
  readonly phase: "live" | "snapshot";
  /** Ends what the agent left running and freezes the state, once per grade. */
  freeze?(options: { readonly signal: AbortSignal }): Promise<void>;
  run(request: CommandRequest, options: { readonly signal: AbortSignal }): Promise<CommandResult>;
}
