import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "./package-root.ts";

/** Something to begin with. */
export interface Template {
  readonly name: string;
  readonly description: string;
  /** Whether its environment gives the agent a shell, which wants a sandbox. */
  readonly shell?: boolean;
}

/** What `hud init` offers; the first is the default. */
export const TEMPLATES: readonly [Template, ...Template[]] = [
  { name: "letter-count", description: "Count letters in words. Runs everywhere." },
  { name: "coding", description: "Fix bugs in a small project. Needs a sandbox.", shell: true },
  { name: "tiny-shell", description: "Small chores in a shell. Needs a sandbox.", shell: true },
  { name: "ops-diagnostics", description: "Mend a small broken machine. Needs a sandbox.", shell: true },
];

/** The template's files by path, with forward slashes. */
export async function readTemplate(name: string): Promise<ReadonlyMap<string, string>> {
  const directory = fileURLToPath(new URL(`dist/templates/${name}/`, packageRoot));
  const files = new Map<string, string>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const target = relative(directory, path)
      .replaceAll("\\", "/")
      .replace(/(^|\/)_gitignore$/, "$1.gitignore");
    files.set(target, await readFile(path, "utf8"));
  }
  return files;
}
