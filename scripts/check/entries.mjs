import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Every package of the workspace with its manifest; `entries` maps an import specifier to its source and its declarations. */
export function workspacePackages() {
  return readdirSync("packages").map((folder) => {
    const root = join("packages", folder);
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const entries = Object.entries(manifest.exports ?? {})
      .filter(([, target]) => typeof target === "object")
      .map(([subpath, target]) => ({
        specifier: join(manifest.name, subpath),
        source: join(root, target["@hud-ts/source"]),
      }));
    return { folder, root, manifest, entries };
  });
}
