import { type Environment, isEnvironment, isTask, isTaskset, SdkError, type Task } from "@hud-ts/core";
import type { ModuleNamespace } from "./evaluate.ts";

/** What a source's modules declare. */
export interface Discovery {
  /** By export name, `default` included; of two modules' equal names the first. */
  readonly exported: ReadonlyMap<string, Environment>;
  /** Exported ones first, then those that only tasks are bound to; each once. */
  readonly environments: readonly Environment[];
  /** In order of modules and export names; each object once, at its first place. */
  readonly tasks: readonly Task[];
}

/**
 * Finds the environments and tasks among the exports, names in alphabetical order. Environments without a root
 * get `directory`, against which their relative seeds resolve.
 *
 * @throws SOURCE_LOAD_FAILED when two environments have one name, which rows could not tell apart
 */
export function discover(modules: readonly ModuleNamespace[], directory: string): Discovery {
  const exported = new Map<string, Environment>();
  const tasks = new Set<Task>();
  for (const module of modules) {
    for (const name of Object.keys(module).sort()) {
      const value = module[name];
      if (isEnvironment(value) && !exported.has(name)) exported.set(name, value);
      for (const task of tasksOf(value)) tasks.add(task);
    }
  }
  const environments = new Set(exported.values());
  for (const task of tasks) {
    for (const { environment } of [task, ...(task.verifier === undefined ? [] : [task.verifier])]) {
      if (isEnvironment(environment)) environments.add(environment);
    }
  }
  refuseSameNames(environments);
  for (const environment of environments) environment.root ??= directory;
  return { exported, environments: [...environments], tasks: [...tasks] };
}

/** The environment that rows mean by `name`. @throws INVALID_OPTION */
export function environmentNamed(found: Discovery, name: string): Environment {
  const environment = found.environments.find((candidate) => candidate.name === name);
  if (environment !== undefined) return environment;
  const names = found.environments.map((candidate) => `'${candidate.name}'`);
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `the source declares no environment '${name}'; it has ${names.length === 0 ? "none" : names.join(", ")}`,
    hint: "Export the environment, or a task of it.",
  });
}

function tasksOf(value: unknown): readonly Task[] {
  if (isTask(value)) return [value];
  if (isTaskset(value)) return [...value];
  return Array.isArray(value) ? value.filter(isTask) : [];
}

function refuseSameNames(environments: ReadonlySet<Environment>): void {
  const names = new Set<string>();
  for (const { name } of environments) {
    if (names.has(name)) {
      throw new SdkError({
        code: "SOURCE_LOAD_FAILED",
        message: `two environments of the source are named '${name}'`,
        hint: "Give each a name of its own: rows refer to environments by name.",
      });
    }
    names.add(name);
  }
}
