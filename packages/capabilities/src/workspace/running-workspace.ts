import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { onAbort, Scope, SdkError } from "@hud-ts/core/adapter";
import type { Capability, CommandRequest, CommandResult, DaemonContext } from "@hud-ts/core/spec";
import type { Sandbox } from "../sandbox/contract.ts";
import { createSshKeys } from "../ssh/ssh-keys.ts";
import { type SshServer, startSshServer } from "../ssh/start-ssh-server.ts";
import { type GradingRoom, gradeTree, outcomeOf } from "./grade-tree.ts";
import { LiveTree } from "./live-tree.ts";
import { Openings } from "./openings.ts";
import type { ResolvedWorkspaceOptions } from "./options.ts";
import { SandboxMaker } from "./sandbox-maker.ts";
import { seedDirectory } from "./seed-directory.ts";
import { type FrozenTree, LayerStore } from "./state/layer-store.ts";
import { createStateHome } from "./state/state-home.ts";
import { Turns } from "./turns.ts";
import { WorkspaceFiles } from "./workspace-files.ts";

/** What a workspace is started with. */
export interface RunningWorkspaceOptions extends ResolvedWorkspaceOptions {
  readonly seed: URL | string;
}

interface Parts {
  readonly options: RunningWorkspaceOptions;
  readonly context: DaemonContext;
  readonly maker: SandboxMaker;
  readonly home: string;
  readonly store: LayerStore;
  /** Closes all of the above. */
  readonly scope: Scope;
  readonly seed: FrozenTree;
}

/** A workspace from its start to its stop. */
export class RunningWorkspace implements AsyncDisposable {
  readonly files: WorkspaceFiles;
  readonly openings: Openings;
  readonly #parts: Parts;
  readonly #live: LiveTree;
  readonly #lifetime = new AbortController();
  readonly #turns = new Turns();
  readonly #gradings = new Set<Promise<CommandResult>>();
  #ssh: SshServer | undefined;
  #params: Capability["params"] = {};
  /** What a reset goes back to. */
  #baseline: FrozenTree;
  /** What commands over the snapshot see, from the freeze to the next reset. */
  #frozen: FrozenTree | undefined;

  private constructor(parts: Parts) {
    const { store, maker, context, seed } = parts;
    this.#parts = parts;
    this.#baseline = seed;
    this.#live = new LiveTree({ store, base: store.retain(seed), start: (root) => this.#startSandbox(root) });
    this.openings = new Openings(() => this.#live.sandbox());
    this.files = new WorkspaceFiles(this.#live, {
      owner: maker.uids?.agent,
      tops: this.tops,
      context,
    });
  }

  /** @throws INVALID_OPTION, ISOLATION_UNAVAILABLE, STORAGE_FAILED; then nothing is left */
  static async start(options: RunningWorkspaceOptions, context: DaemonContext): Promise<RunningWorkspace> {
    const scope = new Scope();
    try {
      const directory = await seedDirectory(options.seed, context);
      const maker = scope.use(await SandboxMaker.open(options));
      const { supervisor, agent } = maker.uids ?? {};
      const home = scope.use(await createStateHome(supervisor));
      const { diskBytes } = options.limits;
      const store = scope.use(await LayerStore.open({ home: home.path, owner: agent, passage: supervisor, diskBytes }));
      const seed = await store.import(directory, { signal: context.signal });
      const running = new RunningWorkspace({ options, context, maker, home: home.path, store, scope, seed });
      scope.use(running.#live);
      scope.use(running.openings);
      await running.#serve(context.signal);
      return running;
    } catch (error) {
      await scope.close();
      throw error;
    }
  }

  /** What is published: valid until the stop, through every reset. */
  get capability(): Capability {
    const { options } = this.#parts;
    if (this.#ssh === undefined) throw new Error("the server has not started");
    return { name: options.name, protocol: "ssh/2", url: `ssh://127.0.0.1:${this.#ssh.port}`, params: this.#params };
  }

  /** Paths that mean the top of the workspace. */
  get tops(): readonly string[] {
    return [this.#parts.options.guestPath, this.#lookedAt];
  }

  /** What there is now is what a reset goes back to. */
  async baseline(): Promise<void> {
    await this.#turns.take(async () => {
      const { store, options } = this.#parts;
      const before = this.#baseline;
      this.#baseline = options.shared ? await this.#copied() : await this.#live.freeze();
      store.release(before);
      this.openings.keep();
    });
  }

  /** Ends every session and program, and puts the files back. */
  async reset(): Promise<void> {
    await this.#turns.take(async () => {
      await this.#ssh?.closeSessions();
      await this.openings.rewind();
      this.#thaw();
      await this.#live.rewind(this.#baseline);
    });
    void this.#live.sandbox().catch(() => {}); // ready when the agent comes; when it fails, the agent's first command says why
  }

  /** Ends what runs and keeps what it left for the commands that grade it. With a shared workspace nothing is ended. */
  async freeze(): Promise<void> {
    await this.#turns.take(() => this.#freeze());
  }

  /** A state of its own, which the caller releases. */
  async capture(): Promise<FrozenTree> {
    return await this.#turns.take(() => (this.#parts.options.shared ? this.#copied() : this.#live.freeze()));
  }

  async runLive(request: CommandRequest, { signal, user }: LiveRunOptions = {}): Promise<CommandResult> {
    if (user === "grader" && this.#frozen !== undefined && !this.#parts.options.shared) throw frozenAlready();
    const sandbox = await this.#live.sandbox();
    const options = { signal: signal ?? this.#lifetime.signal, ...(user !== undefined && { user }) };
    return await outcomeOf(sandbox.run(request, options));
  }

  /** Runs a command over the frozen state, which is frozen now when it has not been. */
  async runFrozen(request: CommandRequest, signal: AbortSignal): Promise<CommandResult> {
    const tree = await this.#turns.take(async () => this.#parts.store.retain(this.#frozen ?? (await this.#freeze())));
    try {
      return await this.runOver(tree, request, signal);
    } finally {
      this.#parts.store.release(tree);
    }
  }

  /** Runs a command over a state; a stop ends it and waits for its end. */
  async runOver(tree: FrozenTree, request: CommandRequest, signal: AbortSignal): Promise<CommandResult> {
    const bound = new AbortController();
    const lifetime = this.#lifetime.signal;
    using _given = onAbort(signal, () => bound.abort(signal.reason));
    using _stopped = onAbort(lifetime, () => bound.abort(lifetime.reason));
    const grading = gradeTree(tree, request, { room: this.#room, signal: bound.signal });
    this.#gradings.add(grading);
    try {
      return await grading;
    } finally {
      this.#gradings.delete(grading);
    }
  }

  release(tree: FrozenTree): void {
    this.#parts.store.release(tree);
  }

  async view(tree: FrozenTree): Promise<{ readonly path: string } & AsyncDisposable> {
    return await this.#parts.store.view(tree);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort(new SdkError({ code: "CLOSED", message: "the workspace was stopped" }));
    await Promise.allSettled(this.#gradings);
    await this.#parts.scope.close();
  }

  async #serve(signal: AbortSignal): Promise<void> {
    const { options, scope } = this.#parts;
    const { guestPath } = await this.#live.sandbox();
    const keys = createSshKeys();
    this.#ssh = scope.use(
      await startSshServer({
        host: () => this.#live.sandbox(),
        keys,
        user: options.user,
        cwd: guestPath,
        onForward: async (port, accept) => (await this.#live.sandbox()).listenInside(port, accept),
        signal,
      }),
    );
    this.#params = {
      user: options.user,
      host_pubkey: keys.hostPublicKey,
      client_key: keys.clientKey,
      shell: "bash",
      cwd: guestPath,
      isolation: this.#isolated ? "bwrap" : "none",
    };
  }

  async #freeze(): Promise<FrozenTree> {
    const tree = this.#parts.options.shared ? await this.#copied() : await this.#live.freeze();
    this.#thaw();
    this.#frozen = tree;
    return tree;
  }

  #thaw(): void {
    if (this.#frozen !== undefined) this.#parts.store.release(this.#frozen);
    this.#frozen = undefined;
  }

  /** A copy of what others may be writing at this moment. */
  async #copied(): Promise<FrozenTree> {
    return await this.#live.use((root) => this.#parts.store.import(root, { partial: true }));
  }

  async #startSandbox(root: string): Promise<Sandbox> {
    const { maker } = this.#parts;
    const at = this.#isolated ? root : await this.#pointTo(root);
    const sandbox = await maker.start({ root: at, egress: true }, this.#lifetime.signal);
    try {
      await this.openings.reopen(sandbox);
      return sandbox;
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Without a sandbox the workspace is seen where it lies, and that must stay one place through every reset. */
  async #pointTo(root: string): Promise<string> {
    await rm(this.#lookedAt, { force: true });
    await symlink(root, this.#lookedAt);
    return this.#lookedAt;
  }

  get #lookedAt(): string {
    return join(this.#parts.home, "workspace");
  }

  get #isolated(): boolean {
    return this.#parts.maker.isolation.kind !== "none";
  }

  get #room(): GradingRoom {
    const { store, maker, options, context } = this.#parts;
    return {
      store,
      baseline: this.#baseline,
      owner: maker.uids?.agent,
      guestPath: options.guestPath,
      context,
      isolated: this.#isolated,
      start: (view, signal) => maker.start({ ...view, egress: false }, signal),
    };
  }
}

interface LiveRunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly user?: "grader";
}

function frozenAlready(): SdkError {
  return new SdkError({
    code: "GRADE_INVALID",
    message: "a live command after the freeze: what it would look at is gone",
    hint: "Put live and snapshot grades into one combine, or run the live ones first.",
  });
}
