import type { Duplex } from "node:stream";
import type { TaskRow } from "./task-row.ts";

/** Files of one session, in transit between an actor's placement and its verifier's. */
export interface SessionSnapshot extends AsyncDisposable {
  /** A `.tar.gz` on this machine, removed when disposed. */
  readonly path: string;
}

/** Places environments. Options are validated in its factory; no I/O until `acquire`. */
export interface RuntimeV1 {
  readonly specVersion: "runtime/1";
  /** Names the kind of placement in results: `in-process`, `child-process`, `docker:<image>`, … */
  readonly id: string;
  /**
   * Places the row's environment and leases it; resolves when a connection can be tried. The caller disposes the lease.
   *
   * @throws RUNTIME_START_FAILED, RUNTIME_START_TIMEOUT, RUNTIME_AUTH, RUNTIME_QUOTA, INVALID_OPTION for a row it cannot honour
   */
  acquire(task: TaskRow, options: { readonly signal: AbortSignal }): Promise<RuntimeLease>;
  /**
   * Called once before the first lease of a job, and disposed after the last: checks what can be checked early,
   * and holds what leases share.
   */
  prepare?(tasks: readonly TaskRow[], options: { readonly signal: AbortSignal }): Promise<AsyncDisposable>;
  /** Most rollouts it can place at once; undefined for no limit of its own. */
  readonly maxConcurrent?: number;
}

/** One placed environment. Disposing it ends it, within a bound, also when it is dead already. */
export interface RuntimeLease extends AsyncDisposable {
  /** Names this very placement: a pid, a container id, an address. */
  readonly placement: string;
  /** Control address, for placements that have one. */
  readonly url?: string;
  /** Token of the control channel, for placements that have one. */
  readonly token?: string;
  /** Opens one control or tunnel connection; may be called many times. The caller closes the stream. */
  connect(options: { readonly signal: AbortSignal }): Promise<Duplex>;
  /** The last output of the placed environment, bounded: evidence for a failure. */
  logs?(): Promise<string>;
  /**
   * How the placed environment ended and the end of its last output, as the end of a message; undefined while it lives.
   * Asked once a connection broke, so that it waits a moment for a death on its way.
   */
  ending?(): Promise<string | undefined>;
  snapshotSession?(options: {
    readonly sessionId: string;
    readonly signal: AbortSignal;
  }): Promise<SessionSnapshot | null>;
  restoreSession?(
    snapshot: SessionSnapshot,
    options: { readonly sessionId: string; readonly signal: AbortSignal },
  ): Promise<void>;
}
