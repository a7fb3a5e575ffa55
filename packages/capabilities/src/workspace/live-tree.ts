import { SdkError } from "@hud-ts/core/adapter";
import type { Sandbox } from "../sandbox/contract.ts";
import type { FrozenTree, LayerStore, Stage } from "./state/layer-store.ts";
import { Turns } from "./turns.ts";

/** What a live tree is made of. */
export interface LiveTreeParts {
  readonly store: LayerStore;
  /** The tree to begin with; adopted. */
  readonly base: FrozenTree;
  /** Starts a sandbox over a writable directory. */
  readonly start: (root: string) => Promise<Sandbox>;
}

/**
 * The workspace that is being worked in: a stage, and the sandbox over it. Both are made when they are first asked for, and a
 * sandbox that died is replaced over the same files.
 */
export class LiveTree implements AsyncDisposable {
  readonly #store: LayerStore;
  readonly #start: LiveTreeParts["start"];
  readonly #turns = new Turns();
  #base: FrozenTree;
  #stage: Stage | undefined;
  #sandbox: Sandbox | undefined;
  #closed = false;

  constructor({ store, base, start }: LiveTreeParts) {
    this.#store = store;
    this.#base = base;
    this.#start = start;
  }

  /** The sandbox of the moment. */
  sandbox(): Promise<Sandbox> {
    return this.#turns.take(async () => {
      if (this.#sandbox !== undefined && !this.#sandbox.lost.aborted) return this.#sandbox;
      await this.#endSandbox();
      const { path } = await this.#staged();
      this.#sandbox = await this.#start(path);
      return this.#sandbox;
    });
  }

  /** The sandbox of the moment, when there is one that lives. */
  get running(): Sandbox | undefined {
    return this.#sandbox?.lost.aborted === false ? this.#sandbox : undefined;
  }

  /** Works on the files from outside; their owner may be changing them at the same time. */
  use<T>(work: (root: string) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => await work((await this.#staged()).path));
  }

  /** Ends every program and gives the state they left, which the caller releases; what is written from now on goes on top of it. */
  freeze(): Promise<FrozenTree> {
    return this.#turns.take(async () => {
      await this.#endSandbox();
      const stage = this.#takeStage();
      if (stage !== undefined) {
        const frozen = await stage.freeze();
        this.#store.release(this.#base);
        this.#base = frozen;
      }
      return this.#store.retain(this.#base);
    });
  }

  /** Ends every program, forgets what was written, and begins again from a tree. */
  rewind(tree: FrozenTree): Promise<void> {
    return this.#turns.take(async () => {
      await this.#endSandbox();
      await this.#takeStage()?.discard();
      this.#store.retain(tree);
      this.#store.release(this.#base);
      this.#base = tree;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#turns.take(async () => {
      this.#closed = true;
      await this.#endSandbox();
      await this.#takeStage()?.discard();
    });
  }

  async #staged(): Promise<Stage> {
    if (this.#closed) throw new SdkError({ code: "CLOSED", message: "the workspace has stopped" });
    this.#stage ??= await this.#store.stage(this.#base);
    return this.#stage;
  }

  #takeStage(): Stage | undefined {
    const stage = this.#stage;
    this.#stage = undefined;
    return stage;
  }

  async #endSandbox(): Promise<void> {
    const sandbox = this.#sandbox;
    this.#sandbox = undefined;
    await sandbox?.[Symbol.asyncDispose]();
  }
}
