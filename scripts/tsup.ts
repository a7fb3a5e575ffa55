import type { Options } from "tsup";

/**
 * The build every package shares: ESM for Node 20, shared chunks between entries (one copy of each class).
 * `await using` is lowered, because Node 20 does not parse it.
 */
export function packageBuild(entry: Record<string, string>, overrides: Options = {}): Options {
  return {
    entry,
    format: "esm",
    target: "node20",
    platform: "node",
    splitting: true,
    treeshake: false,
    sourcemap: true,
    clean: true,
    dts: false, // tsc writes the declarations: ten times faster than bundling them per entry
    ...overrides,
  };
}
