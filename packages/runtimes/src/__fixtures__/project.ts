import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** A directory of files for one test, removed when disposed. */
export interface Project extends AsyncDisposable {
  readonly directory: string;
  /** Absolute path of a file in it. */
  at(name: string): string;
  /** Writes files, by relative path. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
}

/** Lays out a project in a temporary directory. */
export async function project(files: Readonly<Record<string, string>>): Promise<Project> {
  const directory = await mkdtemp(path.join(await realpath(tmpdir()), "hud-test-"));
  const at = (name: string) => path.join(directory, name);
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(path.dirname(at(name)), { recursive: true });
      await writeFile(at(name), text);
    }
  };
  await write(files);
  return { directory, at, write, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
