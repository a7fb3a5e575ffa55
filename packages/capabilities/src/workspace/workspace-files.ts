import { SdkError } from "@hud-ts/core/adapter";
import { copyTree } from "../beneath/copy-tree.ts";
import { readBeneath } from "../beneath/read-beneath.ts";
import { writeBeneath } from "../beneath/write-beneath.ts";
import { workspacePath } from "./guest-path.ts";
import type { LiveTree } from "./live-tree.ts";
import { type DirectorySource, type SeedContext, seedDirectory } from "./seed-directory.ts";

/** How a file of the workspace is read. */
export interface ReadFileOptions {
  /** Most bytes. @default 64 MiB */
  readonly maxBytes?: number;
}

/** How a file of the workspace is written. */
export interface WriteFileOptions {
  /** Permission bits. @default 0o644 */
  readonly mode?: number;
}

/** Whose files these are and how they are named. */
export interface WorkspaceFilesOptions {
  readonly owner: number | undefined;
  /** Paths that mean the top of the workspace. */
  readonly tops: readonly string[];
  readonly context: SeedContext;
}

// What an agent can bring about where a file should be.
const ABSENT: readonly unknown[] = ["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "ENAMETOOLONG", "TOOL_INPUT_INVALID"];

/** Reads a regular file beneath a root; undefined when there is none, or a larger one. */
export async function readRegularFile(
  root: string,
  path: string,
  options: ReadFileOptions = {},
): Promise<Buffer | undefined> {
  try {
    return await readBeneath(root, path, options);
  } catch (error) {
    if (ABSENT.includes((error as { code?: unknown }).code)) return undefined;
    throw error;
  }
}

/** The author's hands on the files that the agent works on, from outside and without following a link. */
export class WorkspaceFiles {
  readonly #live: LiveTree;
  readonly #options: WorkspaceFilesOptions;

  constructor(live: LiveTree, options: WorkspaceFilesOptions) {
    this.#live = live;
    this.#options = options;
  }

  async read(path: string, options?: ReadFileOptions): Promise<Buffer | undefined> {
    const relative = workspacePath(path, this.#options.tops);
    return await this.#live.use((root) => readRegularFile(root, relative, options));
  }

  async write(path: string, data: string | Uint8Array, options: WriteFileOptions = {}): Promise<void> {
    const relative = workspacePath(path, this.#options.tops);
    await this.#live.use((root) => writeBeneath(root, relative, { data, ...options, ...this.#owner }));
  }

  async seed(from: DirectorySource): Promise<void> {
    const directory = await seedDirectory(from, this.#options.context);
    const { skipped } = await this.#live.use((root) => copyTree(directory, root, this.#owner));
    const missing = skipped.find(({ reason }) => reason !== "special");
    if (missing === undefined) return;
    throw new SdkError({
      code: "STORAGE_FAILED",
      message: `seed ${directory}: ${JSON.stringify(missing.path)} could not be copied: ${missing.reason}`,
    });
  }

  get #owner(): { readonly uid?: number } {
    const { owner } = this.#options;
    return owner === undefined ? {} : { uid: owner };
  }
}
