import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, Plugin } from "esbuild";

const URL_NAME = "__hudImportMetaUrl";
const DIRNAME_NAME = "__hudImportMetaDirname";
const FILENAME_NAME = "__hudImportMetaFilename";

/** Names that stand for `import.meta.*` in a bundle, each bound per file by {@link importMetaPlugin}. */
export const IMPORT_META_DEFINES = {
  "import.meta.url": URL_NAME,
  "import.meta.dirname": DIRNAME_NAME,
  "import.meta.filename": FILENAME_NAME,
};

/** Keeps `import.meta.url`, `dirname` and `filename` pointing at each original file, which bundling would merge into one. */
export function importMetaPlugin(): Plugin {
  return {
    name: "hud-import-meta",
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path: file }) => {
        const text = await readFile(file, "utf8");
        if (!text.includes("import.meta")) return undefined;
        return { contents: withImportMeta(text, file), loader: loaderOf(file) };
      });
    },
  };
}

/** What {@link importMetaPlugin} writes in front of a file's first line; a report about that line must not show it. */
export function importMetaPrefix(file: string): string {
  const values: Record<string, string> = {
    [URL_NAME]: pathToFileURL(file).href,
    [DIRNAME_NAME]: path.dirname(file),
    [FILENAME_NAME]: file,
  };
  const bindings = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return `const ${bindings.join(", ")}; `;
}

// On the first line, so that every other line keeps its number; behind a shebang, which must stay first.
function withImportMeta(text: string, file: string): string {
  const shebang = /^#!.*\n/.exec(text)?.[0] ?? "";
  return shebang + importMetaPrefix(file) + text.slice(shebang.length);
}

function loaderOf(file: string): Loader {
  const extension = path.extname(file).replace(/^\.[cm]?/, "");
  return extension === "ts" || extension === "tsx" || extension === "jsx" ? extension : "js";
}
