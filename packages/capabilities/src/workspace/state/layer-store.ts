import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import { type CopyTreeOptions, copyTree } from "../../beneath/copy-tree.ts";
import { removeTree } from "../../beneath/remove-tree.ts";
import { mountBoundedDisk } from "./bounded-disk.ts";
import { mountOverlay, unmount } from "./overlay.ts";
import { isFull, systemTool } from "./system-tool.ts";

/** A frozen directory tree: layers that nothing writes any more, topmost first. Held until it is released. */
export interface FrozenTree {
  readonly layers: readonly string[];
}

/** A writable tree that began as a frozen one. */
export interface Stage {
  /** Absolute path of the tree. */
  readonly path: string;
  /** Ends the writing and gives the result, which the caller releases. Nobody may use the path any more. */
  freeze(): Promise<FrozenTree>;
  /** Ends the writing and throws the result away. */
  discard(): Promise<void>;
}

/** Where a store is and whose its files are. */
export interface LayerStoreOptions {
  /** An empty directory of its own; the caller removes it. */
  readonly home: string;
  /** Uid and gid of every file, where files can be given away. */
  readonly owner?: number | undefined;
  /** Gid that may pass through to a stage, beside root. */
  readonly passage?: number | undefined;
  /** Bytes of all trees together, where the machine can bound them. */
  readonly diskBytes?: number | undefined;
}

/** How a directory is taken in. */
export interface ImportOptions extends Pick<CopyTreeOptions, "exclude" | "signal"> {
  /** Takes what the bounds of a copy allow of a tree that an agent may have shaped, instead of failing for the rest. @default false */
  readonly partial?: boolean;
}

const UNBOUNDED = { maxBytes: Number.POSITIVE_INFINITY, maxFiles: Number.POSITIVE_INFINITY };

type Shelf = "disk" | "spare";

// The kernel takes 500 layers whose names fit one page; long before that, a tree is copied into one layer.
const MAX_LAYERS = 64;
// What a grader may write after an agent has filled the disk.
const SPARE_BYTES = 256 * 1024 * 1024;

/**
 * Trees that are written in stages: a stage keeps what changed in a layer of its own, over layers that are never written
 * again, so that going back is forgetting the top one. Where the kernel mounts no overlays, a stage is a copy.
 */
export class LayerStore implements AsyncDisposable {
  readonly #options: LayerStoreOptions;
  readonly #holders = new Map<string, number>();
  readonly #removals = new Set<Promise<void>>();
  readonly #mounted = new Set<string>();
  #spare: Promise<void> | undefined;
  #overlays = false;
  #layers = 0;

  private constructor(options: LayerStoreOptions) {
    this.#options = options;
  }

  /** @throws STORAGE_FAILED */
  static async open(options: LayerStoreOptions): Promise<LayerStore> {
    const store = new LayerStore(options);
    // Both now: on a full disk there is no making a directory.
    for (const shelf of ["disk", "spare"] satisfies Shelf[]) {
      await mkdir(store.#path(shelf));
      await store.#letThrough(shelf);
    }
    if (options.diskBytes !== undefined) await store.#bound(options.diskBytes);
    store.#overlays = await store.#canOverlay();
    return store;
  }

  /** Whether stages are overlays: made and undone in milliseconds, whatever their size. */
  get overlays(): boolean {
    return this.#overlays;
  }

  /**
   * Takes a copy of a directory, which is only read. The caller releases it.
   *
   * @throws STORAGE_FAILED for what cannot be read
   */
  async import(directory: string, options: ImportOptions = {}): Promise<FrozenTree> {
    return await this.#onShelf(async (shelf) => {
      const layer = await this.#newLayer(shelf);
      try {
        await this.#fill(layer, directory, options);
      } catch (error) {
        this.release({ layers: [layer] });
        throw error;
      }
      return { layers: [layer] };
    });
  }

  /** Begins to write over a tree, which is held meanwhile. The caller freezes or discards the stage. */
  async stage(from: FrozenTree): Promise<Stage> {
    return await this.#onShelf((shelf) => this.#stageOn(shelf, from));
  }

  /** A tree to be read. Whoever disposes the view still releases the tree. */
  async view(tree: FrozenTree): Promise<{ readonly path: string } & AsyncDisposable> {
    const [only = "", ...others] = tree.layers;
    if (others.length === 0) return { path: this.#path(only, "tree"), [Symbol.asyncDispose]: async () => {} };
    const stage = await this.stage(tree);
    return { path: stage.path, [Symbol.asyncDispose]: () => stage.discard() };
  }

  /** Holds the tree once more, to be released once more. */
  retain(tree: FrozenTree): FrozenTree {
    for (const layer of tree.layers) this.#holders.set(layer, (this.#holders.get(layer) ?? 0) + 1);
    return tree;
  }

  /** Gives a tree up; the layers that nobody else holds are removed in the background. */
  release(tree: FrozenTree): void {
    for (const layer of tree.layers) {
      const left = (this.#holders.get(layer) ?? 1) - 1;
      if (left > 0) this.#holders.set(layer, left);
      else this.#remove(layer);
    }
  }

  /** Waits for what is being removed, and unmounts everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#removals);
    for (const point of [...this.#mounted].reverse()) await this.#unmount(point);
  }

  /** An agent that filled the disk is still graded: what cannot be written there goes to memory. */
  async #onShelf<T>(write: (shelf: Shelf) => Promise<T>): Promise<T> {
    try {
      return await write("disk");
    } catch (error) {
      if (!isFull(error) || !this.#overlays) throw error;
      this.#spare ??= this.#mountSpare();
      await this.#spare;
      return await write("spare");
    }
  }

  async #stageOn(shelf: Shelf, from: FrozenTree): Promise<Stage> {
    const layer = await this.#newLayer(shelf);
    const below = this.retain(from);
    const layers = [layer, ...below.layers];
    try {
      if (this.#overlays) await this.#mount(layer, below.layers);
      else await this.#fill(layer, this.#path(...below.layers.slice(0, 1), "tree"), { partial: true });
    } catch (error) {
      this.release({ layers });
      throw error;
    }
    const end = () => this.#unmount(this.#path(layer, "root"));
    return {
      path: this.#path(layer, this.#overlays ? "root" : "tree"),
      freeze: async () => {
        await end();
        if (this.#overlays) return layers.length > MAX_LAYERS ? await this.#flattened({ layers }) : { layers };
        this.release(below);
        return { layers: [layer] };
      },
      discard: async () => {
        await end();
        this.release({ layers });
      },
    };
  }

  async #mount(layer: string, lower: readonly string[]): Promise<void> {
    const point = this.#path(layer, "root");
    await mountOverlay({
      base: this.#options.home,
      lower: lower.map((name) => `${name}/tree`),
      upper: `${layer}/tree`,
      work: `${layer}/work`,
      point,
    });
    this.#mounted.add(point);
  }

  async #unmount(point: string): Promise<void> {
    if (this.#mounted.delete(point)) await unmount(point);
  }

  async #flattened(tree: FrozenTree): Promise<FrozenTree> {
    const view = await this.stage(tree);
    try {
      return await this.import(view.path, { partial: true });
    } finally {
      await view.discard();
      this.release(tree);
    }
  }

  async #newLayer(shelf: Shelf): Promise<string> {
    const layer = `${shelf}/${this.#layers++}`;
    await mkdir(this.#path(layer));
    this.retain({ layers: [layer] });
    await this.#letThrough(layer);
    for (const part of ["work", "root", "tree"]) await mkdir(this.#path(layer, part));
    await this.#give(this.#path(layer, "tree"));
    return layer;
  }

  /** The root of a tree: everybody inside may look, the agent may write. */
  async #give(tree: string): Promise<void> {
    const { owner } = this.#options;
    if (owner !== undefined) await chown(tree, owner, owner);
    await chmod(tree, 0o755);
  }

  async #fill(layer: string, source: string, { partial = false, ...options }: ImportOptions): Promise<void> {
    const { owner } = this.#options;
    const copied = await copyTree(source, this.#path(layer, "tree"), {
      ...(!partial && UNBOUNDED),
      ...options,
      ...(owner !== undefined && { uid: owner }),
    });
    await this.#give(this.#path(layer, "tree"));
    const missing = copied.skipped.find(({ reason }) => reason !== "special");
    if (partial || missing === undefined) return;
    throw new SdkError({
      code: "STORAGE_FAILED",
      message: `${source}: ${JSON.stringify(missing.path)} could not be copied: ${missing.reason}`,
      hint: "Make it readable, or leave it out.",
    });
  }

  async #bound(bytes: number): Promise<void> {
    const point = this.#path("disk");
    if (!(await mountBoundedDisk({ point, home: this.#options.home, bytes }))) return;
    this.#mounted.add(point);
    await this.#letThrough("disk");
  }

  async #mountSpare(): Promise<void> {
    const point = this.#path("spare");
    await systemTool("mount", ["-t", "tmpfs", "-o", `nosuid,nodev,size=${SPARE_BYTES}`, "hud-workspace", point]);
    this.#mounted.add(point);
    await this.#letThrough("spare");
  }

  /** Lets the sandbox's supervisor pass through a directory, and nobody else. */
  async #letThrough(directory: string): Promise<void> {
    const path = this.#path(directory);
    const { passage } = this.#options;
    if (passage !== undefined) await chown(path, -1, passage);
    await chmod(path, passage === undefined ? 0o700 : 0o710);
  }

  async #canOverlay(): Promise<boolean> {
    if (process.platform !== "linux" || process.geteuid?.() !== 0) return false;
    const layers = [await this.#newLayer("disk"), await this.#newLayer("disk")];
    const [upper = "", lower = ""] = layers;
    try {
      await this.#mount(upper, [lower]);
      return true;
    } catch {
      return false; // the kernel, a container or the filesystem below does not take them: stages are copies
    } finally {
      await this.#unmount(this.#path(upper, "root"));
      this.release({ layers });
    }
  }

  #remove(layer: string): void {
    this.#holders.delete(layer);
    // Whoever removes the home hears of what cannot be removed.
    const removal = removeTree(this.#path(layer)).catch(() => {});
    this.#removals.add(removal);
    void removal.finally(() => this.#removals.delete(removal));
  }

  #path(...parts: readonly string[]): string {
    return join(this.#options.home, ...parts);
  }
}
