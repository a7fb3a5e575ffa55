import type { Isolation, Mount, Sandbox, SandboxUids } from "../sandbox/contract.ts";
import { probeIsolation } from "../sandbox/probe-isolation.ts";
import { startSandbox } from "../sandbox/start-sandbox.ts";
import { allocateUids, type UidLease } from "../sandbox/uids.ts";
import { isolationPolicy, type ResolvedWorkspaceOptions } from "./options.ts";

/** What one of a workspace's sandboxes has of its own. */
export interface SandboxView {
  /** Absolute path of the writable directory. */
  readonly root: string;
  /** Beside the workspace's own. */
  readonly mounts?: readonly Mount[];
  /** Whether the workspace's allowed hosts may be reached. */
  readonly egress: boolean;
}

/** Makes a workspace's sandboxes, one after the other or side by side, all under the same users. Disposing gives the users back. */
export class SandboxMaker implements AsyncDisposable {
  readonly #options: ResolvedWorkspaceOptions;
  readonly #lease: UidLease | undefined;
  readonly isolation: Isolation;

  private constructor(options: ResolvedWorkspaceOptions, isolation: Isolation, lease: UidLease | undefined) {
    this.#options = options;
    this.isolation = isolation;
    this.#lease = lease;
  }

  /** @throws ISOLATION_UNAVAILABLE where the policy asks for what the machine has not */
  static async open(options: ResolvedWorkspaceOptions): Promise<SandboxMaker> {
    const isolation = await probeIsolation(isolationPolicy(options.isolation));
    return new SandboxMaker(options, isolation, isolation.kind === "separate-users" ? await allocateUids() : undefined);
  }

  /** The users of its sandboxes; undefined where there is only this process's own. */
  get uids(): SandboxUids | undefined {
    return this.#lease?.uids;
  }

  async start(view: SandboxView, signal: AbortSignal): Promise<Sandbox> {
    const { guestPath, env, mounts, allowedHosts, allowedAddresses } = this.#options;
    const { diskBytes: _bounded, ...limits } = this.#options.limits;
    return await startSandbox(
      {
        root: view.root,
        guestPath,
        // So that a shell takes the path it was started with for where it is, and not where a link of the path leads.
        env: this.isolation.kind === "none" ? { PWD: view.root, ...env } : env,
        limits,
        mounts: [...mounts, ...(view.mounts ?? [])],
        isolation: this.isolation.kind === "none" ? "none" : "required",
        ...(view.egress && allowedHosts.length > 0 && { allowedHosts, allowedAddresses }),
        ...(this.uids !== undefined && { uids: this.uids }),
      },
      { signal },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lease?.[Symbol.asyncDispose]();
  }
}
