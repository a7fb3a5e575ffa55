import { SdkError } from "@hud-ts/core/adapter";
import type { LoadedSource } from "@hud-ts/runtimes/source";

/** The tasks of a source, and the source of the environments that they name. */
export interface LoadedTasks {
  readonly tasks: LoadedSource["tasks"];
  /** The same source, or for a file of rows the modules that lie beside it. */
  readonly environments: LoadedSource;
  /** Over the files of both. */
  readonly hash: string;
}

/** Loads a source; a file of rows is served by the directory it lies in. */
export async function loadTasks(path: string, options: { readonly signal: AbortSignal }): Promise<LoadedTasks> {
  const { loadSource } = await import("@hud-ts/runtimes/source");
  const source = await loadSource(path, options);
  if (source.kind !== "data") return { tasks: source.tasks, environments: source, hash: source.hash };
  try {
    const beside = await loadSource(source.directory, options);
    return { tasks: source.tasks, environments: beside, hash: `${source.hash}+${beside.hash}` };
  } catch (error) {
    if (!SdkError.is(error, "SOURCE_NOT_FOUND")) throw error;
    return { tasks: source.tasks, environments: source, hash: source.hash }; // rows alone, for an environment served elsewhere
  }
}
