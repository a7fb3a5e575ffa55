import { realpath } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild, ResolveResult } from "esbuild";

const RESOLVING = Symbol("resolving"); // marks our own question to the resolver, which comes back through this plugin
const BARE_IMPORT = /^[^./]/;
const HERE = import.meta.dirname;

/**
 * Leaves packages outside the bundle, each as the address that Node itself would have found from the importing file,
 * so that a bundle may lie anywhere. A package the source's project lacks is looked for beside this one: a bare
 * file that imports the SDK runs without an installation of its own.
 */
export function packagesPlugin(): Plugin {
  return {
    name: "hud-packages",
    setup(build) {
      build.onResolve({ filter: BARE_IMPORT }, async (request) => {
        if (request.pluginData === RESOLVING || request.kind === "entry-point" || path.isAbsolute(request.path)) {
          return undefined;
        }
        const own = await resolveFrom(build, request, request.resolveDir);
        const found = own.errors.length === 0 ? own : await resolveFrom(build, request, HERE);
        return found.errors.length === 0 ? await placed(found, request) : { errors: own.errors };
      });
    },
  };
}

function resolveFrom(build: PluginBuild, request: OnResolveArgs, resolveDir: string): Promise<ResolveResult> {
  return build.resolve(request.path, {
    resolveDir,
    importer: request.importer,
    kind: request.kind,
    with: request.with,
    pluginData: RESOLVING,
  });
}

async function placed(found: ResolveResult, request: OnResolveArgs): Promise<OnResolveResult> {
  if (found.external) return { path: found.path, external: true }; // a module of Node's own
  if (!found.path.includes(`${path.sep}node_modules${path.sep}`)) return { path: found.path }; // a tsconfig path
  const file = await realpath(found.path);
  if (!isImportable(file)) return { path: found.path };
  const byPath = request.kind === "require-call" || request.kind === "require-resolve";
  return { path: byPath ? file : pathToFileURL(file).href, external: true };
}

// A linked workspace package may point at TypeScript, and a package may give JSON: Node imports neither as it is.
function isImportable(file: string): boolean {
  return /\.(?:[cm]?js|node|wasm)$/.test(file) || path.extname(file) === "";
}
