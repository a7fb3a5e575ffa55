import { SdkError } from "@hud-ts/core/adapter";
import type {
  Capability,
  CapabilityDaemon,
  CommandRequest,
  CommandResult,
  CommandTarget,
  DaemonContext,
} from "@hud-ts/core/spec";
import type { ForwardedPort } from "./openings.ts";
import { type ResolvedWorkspaceOptions, resolveWorkspaceOptions, type WorkspaceOptions } from "./options.ts";
import { RunningWorkspace } from "./running-workspace.ts";
import { takeSnapshot, type WorkspaceSnapshot } from "./snapshot.ts";
import type { ReadFileOptions, WriteFileOptions } from "./workspace-files.ts";

/** How the author's own command runs. */
export interface ExecOptions extends Omit<CommandRequest, "command" | "files" | "restore"> {
  /** Ends the command, and its whole process group. */
  readonly signal?: AbortSignal;
}

/**
 * A shell and files for an agent, in a sandbox, and the author's handle on them. As a command target it is a snapshot: the first
 * command of a grade ends every program of the agent and freezes what it left, and each runs in a fresh sandbox over it.
 */
export interface Workspace extends CapabilityDaemon, CommandTarget {
  readonly phase: "snapshot";
  /**
   * Runs commands in the running sandbox, beside what the agent left running and under a user that it can neither signal nor trace;
   * `files` and `restore` are refused. After the freeze a command there is an error (GRADE_INVALID).
   */
  readonly live: CommandTarget;
  /** Runs a command inside, as the agent would: `bash -c`, from the top of the workspace. Its exit code is in the result, not thrown. */
  exec(command: string, options?: ExecOptions): Promise<CommandResult>;
  /**
   * Reads a file from outside, without following a link.
   *
   * @param path relative to the workspace, or absolute beneath its guest path
   * @returns undefined when there is no regular file, or one of more than `maxBytes`: what an agent may have done to it
   */
  readFile(path: string, options?: ReadFileOptions): Promise<Buffer | undefined>;
  /** Writes a file, owned by the agent; directories on the way are made, and what stood at its place is replaced. */
  writeFile(path: string, data: string | Uint8Array, options?: WriteFileOptions): Promise<void>;
  /** Copies a directory over the workspace, owned by the agent. @throws INVALID_OPTION as for the workspace's own seed */
  seed(from: URL | string): Promise<void>;
  /**
   * Ends every program of the agent and keeps the state they left; what happens in the workspace afterwards does not change it.
   * The caller disposes it; a stop does so too.
   */
  snapshot(): Promise<WorkspaceSnapshot>;
  /**
   * Lets the inside reach exactly one address outside, at a port of its own loopback. Opened by a hook it lasts until the stop,
   * opened by a task until the next reset.
   *
   * @param target `host:port` or a url, as seen by the environment
   */
  provide(port: number, target: string): Promise<AsyncDisposable>;
  /** Opens a port on this machine's loopback that leads to one inside; lasts as with {@link Workspace.provide}. */
  forward(port: number): Promise<ForwardedPort>;
}

/**
 * A sandboxed shell for `env.attach`: an ssh server over a private copy of the seed, put back to its baseline before every task.
 *
 * @param seed directory with what the agent starts from: a file URL, an absolute path, or one relative to the environment's root.
 * It is only read. It must not contain the environment's source, a `.env` file or a `.hud` directory.
 * @throws INVALID_OPTION for options that cannot be; the start throws it for a seed that cannot, ISOLATION_UNAVAILABLE for a machine
 * without a sandbox
 *
 * @example
 * ```ts
 * import { workspace } from "@hud-ts/capabilities/workspace";
 * import { Environment } from "@hud-ts/core";
 *
 * const env = new Environment({ name: "coder" });
 * const shell = env.attach(workspace(new URL("./workspace/", import.meta.url)));
 *
 * env.initialize(async () => {
 *   await shell.writeFile("README", "Fix the bug.\n");
 * });
 * ```
 */
export function workspace(seed: URL | string, options: WorkspaceOptions = {}): Workspace {
  return new WorkspaceDaemon(seed, resolveWorkspaceOptions(options));
}

class WorkspaceDaemon implements Workspace {
  readonly specVersion = "command-target/1";
  readonly phase = "snapshot";
  readonly shared: boolean;
  readonly live: CommandTarget;
  readonly #seed: URL | string;
  readonly #options: ResolvedWorkspaceOptions;
  #running: Promise<RunningWorkspace> | undefined;

  constructor(seed: URL | string, options: ResolvedWorkspaceOptions) {
    this.#seed = seed;
    this.#options = options;
    this.shared = options.shared;
    this.live = {
      specVersion: "command-target/1",
      phase: "live",
      run: (request, { signal }) => this.#live(request, signal),
    };
  }

  async start(context: DaemonContext): Promise<readonly Capability[]> {
    this.#running = RunningWorkspace.start({ ...this.#options, seed: this.#seed }, context);
    return [(await this.#running).capability];
  }

  async baseline(): Promise<void> {
    await (await this.#started).baseline();
  }

  async reset(): Promise<void> {
    if (!this.#options.shared) await (await this.#started).reset();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    // A start that failed cleaned up after itself.
    await (await running?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  async freeze(): Promise<void> {
    await (await this.#started).freeze();
  }

  async run(request: CommandRequest, { signal }: { readonly signal: AbortSignal }): Promise<CommandResult> {
    return await (await this.#started).runFrozen(request, signal);
  }

  async exec(command: string, { signal, ...options }: ExecOptions = {}): Promise<CommandResult> {
    return await (await this.#started).runLive({ ...options, command }, { signal });
  }

  async readFile(path: string, options?: ReadFileOptions): Promise<Buffer | undefined> {
    return await (await this.#started).files.read(path, options);
  }

  async writeFile(path: string, data: string | Uint8Array, options?: WriteFileOptions): Promise<void> {
    await (await this.#started).files.write(path, data, options);
  }

  async seed(from: URL | string): Promise<void> {
    await (await this.#started).files.seed(from);
  }

  async snapshot(): Promise<WorkspaceSnapshot> {
    return await takeSnapshot(await this.#started);
  }

  async provide(port: number, target: string): Promise<AsyncDisposable> {
    return await (await this.#started).openings.provide(port, target);
  }

  async forward(port: number): Promise<ForwardedPort> {
    return await (await this.#started).openings.forward(port);
  }

  async #live(request: CommandRequest, signal: AbortSignal): Promise<CommandResult> {
    const { files, restore, ...command } = request;
    if (Object.keys(files ?? {}).length > 0 || (restore ?? []).length > 0) {
      throw new SdkError({
        code: "INVALID_OPTION",
        message: "files and restore need a fresh sandbox, and a live command runs in the agent's",
        hint: "Grade in the workspace itself, or have a hook put the files there.",
      });
    }
    return await (await this.#started).runLive(command, { signal, user: "grader" });
  }

  get #started(): Promise<RunningWorkspace> {
    if (this.#running !== undefined) return this.#running;
    throw new SdkError({
      code: "CLOSED",
      message: `workspace '${this.#options.name}' is not started`,
      hint: "Attach it to an environment, and use it in hooks and templates.",
    });
  }
}
