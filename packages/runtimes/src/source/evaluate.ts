import { pathToFileURL } from "node:url";
import { raceAbort } from "@hud-ts/core/adapter";
import { evaluationError } from "./evaluation-error.ts";

/** What a module exports. */
export type ModuleNamespace = Readonly<Record<string, unknown>>;

/**
 * Imports a bundle: runs the user's modules, each once, and gives their namespaces in the order of the entries.
 * Stack traces of this process show the user's files and lines from here on.
 *
 * @throws SOURCE_LOAD_FAILED naming the file and line that threw
 */
export async function evaluateBundle(
  file: string,
  directory: string,
  signal?: AbortSignal,
): Promise<readonly ModuleNamespace[]> {
  process.setSourceMapsEnabled(true);
  try {
    const imported = import(pathToFileURL(file).href) as Promise<{ readonly modules: readonly ModuleNamespace[] }>;
    return (await raceAbort(imported, signal)).modules;
  } catch (error) {
    signal?.throwIfAborted();
    throw await evaluationError(error, { file, directory });
  }
}
