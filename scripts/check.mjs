// `pnpm check`: everything about the tree that a machine can judge. `pnpm check <name>` runs one.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";

const checks = {
  "format and lint": ["biome", "check", "--error-on-warnings", "."],
  promises: ["oxlint", "--type-aware", "--deny-warnings", "."],
  types: ["tsc", "-p", "tsconfig.json"],
  layers: ["node", "scripts/check/layers.mjs"],
  "dead exports": ["knip", "--no-progress"],
  "public docs": ["node", "scripts/check/public-docs.mjs"],
  "published packages": ["node", "scripts/check/published.mjs"],
  "code in documents": ["node", "scripts/check/documents.mjs"],
};

const wanted = process.argv.slice(2);
let failed = 0;
for (const [name, [command, ...args]] of Object.entries(checks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const bin = `node_modules/.bin/${command}`;
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(existsSync(bin) ? bin : process.execPath, args, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (status !== 0) {
    failed += 1;
    console.log(`${stdout}${stderr}`.trimEnd());
  }
}
process.exitCode = failed === 0 ? 0 : 1;
