import { createRequire } from "node:module";

/** What a job ran on: this package and Node. */
export function packageVersions(): Readonly<Record<string, string>> {
  const { name, version } = createRequire(import.meta.url)("@hud-ts/core/package.json") as {
    name: string;
    version: string;
  };
  return { [name]: version, node: process.versions.node };
}
