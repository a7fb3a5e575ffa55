import { createRequire } from "node:module";
import { packageRoot } from "./package-root.ts";

/** The version of this package. */
export function cliVersion(): string {
  const { version } = createRequire(packageRoot)("./package.json") as { readonly version: string };
  return version;
}
