import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../package-root.ts";
import { cliVersion } from "../../version.ts";
import { packWorkspace } from "./pack-workspace.ts";

/** Where a new project gets our packages from. */
export interface DependencySource {
  /** The text of a package.json whose `workspace:` dependencies point there. */
  resolve(manifest: string): string;
}

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  overrides?: Record<string, string>;
  pnpm?: { overrides: Record<string, string> };
}

/** The registry for an installed CLI; packed files beside the project for one that runs from a checkout. */
export async function dependencySource(options: {
  readonly project: string;
  readonly signal: AbortSignal;
}): Promise<DependencySource> {
  const checkout = fileURLToPath(new URL("../../", packageRoot));
  if (!existsSync(`${checkout}pnpm-workspace.yaml`))
    return { resolve: (text) => rewrite(text, () => `^${cliVersion()}`) };
  const packs = await packWorkspace({ checkout, ...options });
  return {
    resolve: (text) => rewrite(text, (name) => packs.get(name), Object.fromEntries(packs)),
  };
}

function rewrite(
  text: string,
  locate: (name: string) => string | undefined,
  overrides?: Record<string, string>,
): string {
  const manifest = JSON.parse(text) as Manifest;
  for (const dependencies of [manifest.dependencies, manifest.devDependencies]) {
    for (const [name, range] of Object.entries(dependencies ?? {})) {
      if (dependencies !== undefined && range.startsWith("workspace:")) dependencies[name] = locate(name) ?? range;
    }
  }
  if (overrides !== undefined) {
    // Packed packages depend on one another by version; both package managers must take the packed ones for those, too.
    manifest.overrides = overrides;
    manifest.pnpm = { overrides };
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
