import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { SdkError } from "@hud-ts/core/adapter";

/** A directory of the author's: a file URL, an absolute path, or one relative to the environment's root. */
export type DirectorySource = URL | string;

/** What decides whether a directory may be shown to an agent. */
export interface SeedContext {
  /** Directory of the environment's source, when known. */
  readonly root: string | undefined;
}

/**
 * The real path of a directory that may be copied into a workspace.
 *
 * @throws INVALID_OPTION naming what it must not contain: the environment's source, a `.env` file, a `.hud` directory
 */
export async function seedDirectory(source: DirectorySource, context: SeedContext): Promise<string> {
  const path = await existingDirectory(sourcePath(source, context), "seed");
  if (context.root !== undefined) await checkOutside(path, context.root);
  await checkNames(path);
  return path;
}

/**
 * A source as an absolute path, whether or not it is there.
 *
 * @throws INVALID_OPTION for a url that is no file's, or a relative path without a root
 */
export function sourcePath(source: DirectorySource, { root }: SeedContext): string {
  if (source instanceof URL || source.startsWith("file:")) return filePath(source);
  if (isAbsolute(source)) return source;
  if (source !== "" && root !== undefined) return resolve(root, source);
  throw invalid(
    `${JSON.stringify(source)} is relative, and the environment has no root to resolve it against`,
    'Write new URL("./workspace/", import.meta.url), or give new Environment({ root }).',
  );
}

function filePath(source: URL | string): string {
  try {
    return fileURLToPath(source);
  } catch {
    throw invalid(`expected a file URL, got ${String(source)}`, "Use a directory on this machine.");
  }
}

async function existingDirectory(path: string, what: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw invalid(`${what} ${path} does not exist`, "Create it, or mend the path.");
  if (!found.isDirectory()) throw invalid(`${what} ${path} is not a directory`, "Give the directory that holds it.");
  return await realpath(path);
}

async function checkOutside(seed: string, root: string): Promise<void> {
  const source = await realpath(root).catch(() => root);
  const within = relative(seed, source);
  if (within === ".." || within.startsWith(`..${sep}`) || isAbsolute(within)) return;
  throw invalid(
    `seed ${seed} contains the environment's own source (${source}): the agent would read its tasks and graders`,
    "Move what the agent may see into a directory of its own, such as ./workspace/.",
  );
}

async function checkNames(seed: string): Promise<void> {
  for (const path of await readdir(seed, { recursive: true })) {
    const name = path.slice(path.lastIndexOf(sep) + 1);
    if (name === ".env") {
      throw invalid(
        `seed ${seed} contains ${path}, which looks like secrets`,
        "Move it out of the seed; what the agent may know is written by a hook with writeFile, or given as env.",
      );
    }
    if (name === ".hud") {
      throw invalid(`seed ${seed} contains ${path}, where jobs and their answers are kept`, "Move it out of the seed.");
    }
  }
}

function invalid(problem: string, hint: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message: `workspace: ${problem}`, hint });
}
