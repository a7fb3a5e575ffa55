import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Programs that a sandbox is made with, and the Debian package of each. */
export const TOOLS = {
  bwrap: "bubblewrap",
  setpriv: "util-linux",
  choom: "util-linux",
  prlimit: "util-linux",
} as const;

/** Where each tool is. */
export type ToolPaths = Readonly<Record<keyof typeof TOOLS, string>>;

/** Looks the tools up on PATH. */
export async function findTools(): Promise<{
  readonly paths: ToolPaths;
  readonly missing: readonly (keyof typeof TOOLS)[];
}> {
  const names = Object.keys(TOOLS) as (keyof typeof TOOLS)[];
  const found = await Promise.all(names.map(async (name) => [name, await which(name)] as const));
  return {
    paths: Object.fromEntries(found.map(([name, path]) => [name, path ?? name])) as ToolPaths,
    missing: found.filter(([, path]) => path === undefined).map(([name]) => name),
  };
}

async function which(name: string): Promise<string | undefined> {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    if (directory === "") continue;
    const path = join(directory, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}
