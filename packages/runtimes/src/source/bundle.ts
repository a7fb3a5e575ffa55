import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildError } from "./build-error.ts";
import { IMPORT_META_DEFINES, importMetaPlugin } from "./import-meta-plugin.ts";
import { packagesPlugin } from "./packages-plugin.ts";
import type { ResolvedSource } from "./resolve-source.ts";

/** A source's own files as one module that Node can import; packages stay outside. Disposing removes it from disk. */
export interface Bundle extends AsyncDisposable {
  /** The module: exports `modules`, one namespace per entry, in their order. */
  readonly file: string;
  /** Absolute paths of the files that went in, sorted. */
  readonly inputs: readonly string[];
}

const ENTRY_NAME = "hud-source";

/** Bundles a source into a private temporary directory. @throws SOURCE_LOAD_FAILED with file, line and the line's text */
export async function bundleSource(source: ResolvedSource): Promise<Bundle> {
  const { build } = await import("esbuild"); // on use: rows and remote placements need none
  const home = await mkdtemp(path.join(await realpath(tmpdir()), "hud-source-"));
  const dispose = () => rm(home, { recursive: true, force: true });
  try {
    const file = path.join(home, "source.mjs");
    const result = await build({
      stdin: { contents: entryModule(source.entries), resolveDir: source.directory, sourcefile: ENTRY_NAME },
      outfile: file,
      write: false,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      mainFields: ["main"],
      conditions: [], // drops esbuild's own "module" condition, which Node does not know
      preserveSymlinks: true, // a linked package keeps its node_modules path, which is how it is told from the user's own files
      absWorkingDir: source.directory,
      ignoreAnnotations: true, // a module imported for its effects runs, whatever package.json says
      keepNames: true,
      define: IMPORT_META_DEFINES,
      sourcemap: "inline",
      metafile: true,
      logLevel: "silent",
      banner: { js: requireBanner(source.directory) },
      plugins: [packagesPlugin(), importMetaPlugin()],
    }).catch((error: unknown) => {
      throw buildError(error, source.directory);
    });
    for (const output of result.outputFiles) await writeFile(output.path, output.contents, { mode: 0o600 });
    const inputs = Object.keys(result.metafile.inputs)
      .filter((input) => input !== ENTRY_NAME)
      .map((input) => path.resolve(source.directory, input))
      .sort();
    return { file, inputs, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function entryModule(entries: readonly string[]): string {
  const imports = entries.map((entry, index) => `import * as m${index} from ${JSON.stringify(entry)};`);
  return `${imports.join("\n")}\nexport const modules = [${entries.map((_, index) => `m${index}`).join(", ")}];\n`;
}

// An ES module has no `require`; CommonJS files of the user's are bundled and still call it.
function requireBanner(directory: string): string {
  const from = JSON.stringify(path.join(directory, "noop.js"));
  return `import { createRequire as __hudCreateRequire } from "node:module"; const require = __hudCreateRequire(${from});`;
}
