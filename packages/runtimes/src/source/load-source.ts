import { type Environment, type Solution, Taskset } from "@hud-ts/core";
import type { TaskRow } from "@hud-ts/core/spec";
import { bundleSource } from "./bundle.ts";
import { type Discovery, discover } from "./discover.ts";
import { evaluateBundle } from "./evaluate.ts";
import { type ResolvedSource, resolveSource } from "./resolve-source.ts";
import { sourceHash } from "./source-hash.ts";

/** How {@link loadSource} loads. */
export interface LoadSourceOptions {
  /** Gives up waiting; modules that run already run on. */
  readonly signal?: AbortSignal | undefined;
}

/** A source's environments and tasks, loaded into this process. */
export interface LoadedSource {
  /** One module, a directory of modules, or a file of rows. */
  readonly kind: "module" | "directory" | "data";
  /** Absolute, links resolved. */
  readonly path: string;
  /** The path itself for a directory, else the directory it lies in. */
  readonly directory: string;
  /** Exported ones in the order of files and export names, then those that only exported tasks are bound to. None for a file of rows. */
  readonly environments: readonly Environment[];
  /** The exported environments by export name. */
  readonly exported: ReadonlyMap<string, Environment>;
  /** Exported tasks, tasksets and arrays of tasks, in the order of files and export names; named after the file or directory. */
  readonly tasks: Taskset;
  /** SHA-256 (hex) over the files' names and contents: the user's own, not those of packages. */
  readonly hash: string;
  /** Absolute paths of these files, sorted. */
  readonly files: readonly string[];
  /** The reference solution of a row's template, when it has one. */
  solutionFor(row: TaskRow): Solution | undefined;
  /** The environment that rows call `name`. */
  environmentFor(name: string): Environment | undefined;
}

/**
 * Loads environments and tasks from a `.ts`, `.mts`, `.js` or `.mjs` module or a directory of `.ts` and `.js` files
 * (tests, configurations and declarations left out), or rows from `.json` or `.jsonl`. There is nothing to build
 * before: TypeScript is translated, relative imports are followed, packages come from the source's own project.
 *
 * Every call runs the modules anew, apart from what other sources and earlier calls loaded; packages are shared.
 * What was loaded stays in memory as long as the process lives.
 *
 * @throws SOURCE_NOT_FOUND; SOURCE_LOAD_FAILED with file, line and column; DUPLICATE_SLUG; INVALID_TASK_ROW; INVALID_OPTION for other files
 *
 * @example
 * ```ts
 * import { loadSource } from "@hud-ts/runtimes/source";
 *
 * const source = await loadSource("./tasks.ts");
 * for (const task of source.tasks) console.log(task.slug);
 * ```
 */
export async function loadSource(path: string, options: LoadSourceOptions = {}): Promise<LoadedSource> {
  options.signal?.throwIfAborted();
  const source = await resolveSource(path);
  return source.kind === "data" ? await loadRows(source) : await loadModules(source, options.signal);
}

async function loadModules(source: ResolvedSource, signal: AbortSignal | undefined): Promise<LoadedSource> {
  await using bundle = await bundleSource(source);
  const hash = await sourceHash(bundle.inputs, source.directory);
  const modules = await evaluateBundle(bundle.file, source.directory, signal);
  const found = discover(modules, source.directory);
  return loaded(source, found, { tasks: new Taskset(source.name, found.tasks), hash, files: bundle.inputs });
}

async function loadRows(source: ResolvedSource): Promise<LoadedSource> {
  const tasks = await Taskset.fromFile(source.path);
  const found = { exported: new Map(), environments: [], tasks: [...tasks] };
  return loaded(source, found, {
    tasks,
    hash: await sourceHash(source.entries, source.directory),
    files: source.entries,
  });
}

function loaded(
  { kind, path, directory }: ResolvedSource,
  { environments, exported }: Discovery,
  facts: Pick<LoadedSource, "tasks" | "hash" | "files">,
): LoadedSource {
  const environmentFor = (name: string) => environments.find((environment) => environment.name === name);
  return {
    kind,
    path,
    directory,
    environments,
    exported,
    ...facts,
    environmentFor,
    solutionFor: (row) => environmentFor(row.env)?.templates.get(row.id)?.solution,
  };
}
