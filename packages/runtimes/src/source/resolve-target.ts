import { existsSync } from "node:fs";
import { type Environment, SdkError } from "@hud-ts/core";
import { type LoadedSource, type LoadSourceOptions, loadSource } from "./load-source.ts";

/** A serve target, resolved. */
export interface ResolvedTarget {
  readonly source: LoadedSource;
  readonly environment: Environment;
}

const MODULE_EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];

/**
 * Loads what `target` names, `path[:name]`: a source (`env` means `env.ts` or `env.js` when there is one), and in it
 * the environment that is exported under `name` or has it as its own; without a name, its only environment.
 *
 * @throws SOURCE_NOT_FOUND for a path that is not there; INVALID_OPTION when no environment, or more than one, fits;
 *   whatever `loadSource` throws
 */
export async function resolveTarget(target: string, options: LoadSourceOptions = {}): Promise<ResolvedTarget> {
  const { path, name } = splitTarget(target);
  const source = await loadSource(path, options);
  return { source, environment: chooseEnvironment(source, name) };
}

function splitTarget(target: string): { readonly path: string; readonly name: string | undefined } {
  const whole = existingModule(target);
  if (whole !== undefined) return { path: whole, name: undefined };
  const colon = target.lastIndexOf(":");
  if (colon === -1) return { path: target, name: undefined };
  const path = target.slice(0, colon);
  return { path: existingModule(path) ?? path, name: target.slice(colon + 1) };
}

// A module goes before a directory of the same name, as it does for `import`.
function existingModule(path: string): string | undefined {
  return [...MODULE_EXTENSIONS.map((extension) => path + extension), path].find((candidate) => existsSync(candidate));
}

function chooseEnvironment(source: LoadedSource, name: string | undefined): Environment {
  if (name !== undefined) {
    const environment = source.exported.get(name) ?? source.environmentFor(name);
    if (environment !== undefined) return environment;
    throw wrong(source, `no environment is exported as '${name}' or has that name in ${source.path}`);
  }
  const [only, ...others] = source.environments;
  if (only === undefined) throw wrong(source, `no environment in ${source.path}`);
  if (others.length > 0) throw wrong(source, `${others.length + 1} environments in ${source.path}`);
  return only;
}

function wrong(source: LoadedSource, message: string): SdkError {
  const names = source.environments.map((environment) => environment.name);
  const hint =
    names.length === 0
      ? "Export an environment, or a task of one."
      : `Name one of them after a colon: ${names.join(", ")}.`;
  return new SdkError({ code: "INVALID_OPTION", message, hint });
}
