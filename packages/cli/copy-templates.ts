import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { readCatalog } from "./src/commands/init/catalog.ts";
import { TEMPLATES } from "./src/templates.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const LEFT_OUT = new Set(["node_modules", ".hud", "dist", "package-lock.json"]);

/** Copies the examples into the build: what `hud init` writes is what the examples' own tests run. */
export async function copyTemplates(): Promise<void> {
  const catalog = await readCatalog(ROOT);
  for (const { name } of TEMPLATES) {
    const target = join(import.meta.dirname, "dist", "templates", name);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await cp(join(ROOT, "examples", name), target, {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(basename(path)) && !/\.test(-d)?\.ts$/.test(path),
    });
    await rename(join(target, ".gitignore"), join(target, "_gitignore")); // a package never carries a file of that name
    await pinCatalog(join(target, "package.json"), catalog);
  }
}

async function pinCatalog(path: string, catalog: ReadonlyMap<string, string>): Promise<void> {
  const text = await readFile(path, "utf8");
  const pinned = text.replace(/"([^"]+)": "catalog:"/g, (_, name: string) => {
    const version = catalog.get(name);
    if (version === undefined) throw new Error(`${name} is not in the catalog`);
    return `"${name}": "^${version}"`;
  });
  await writeFile(path, pinned);
}
