import { createRequire } from "node:module";
import path from "node:path";

/**
 * A file of this package as it is published. Found through package.json rather than by an export, which export
 * conditions of this process could point at TypeScript: a plain Node process runs only what was built.
 */
export function builtFile(name: string): string {
  const manifest = createRequire(import.meta.url).resolve("@hud-ts/runtimes/package.json");
  return path.join(path.dirname(manifest), "dist", name);
}
