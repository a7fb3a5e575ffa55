// What would be published: manifests that publint accepts, and declarations that a consumer's compiler accepts in full.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { workspacePackages } from "./entries.mjs";

const packages = workspacePackages().filter(({ manifest }) => !manifest.private);
let failed = false;

for (const { root, manifest } of packages) {
  const { messages, pkg } = await publint({ pkgDir: root, strict: true, pack: "npm" });
  for (const message of messages) {
    // The source condition is for this workspace; what it names is not published and no consumer asks for it.
    if (message.path?.includes("@hud-ts/source")) continue;
    failed = true;
    console.error(`${manifest.name}: ${formatMessage(message, pkg)}`);
  }
}

const folder = "node_modules/.cache/published";
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const imports = packages.flatMap(({ entries }) =>
  entries.map(({ specifier }) => `export type * as ${name(specifier)} from "${specifier}";`),
);
writeFileSync(`${folder}/consumer.ts`, `${imports.join("\n")}\n`);
writeFileSync(
  `${folder}/tsconfig.json`,
  JSON.stringify({
    extends: "../../../tsconfig.base.json",
    compilerOptions: { noEmit: true, customConditions: [], skipLibCheck: false },
    files: ["consumer.ts"],
  }),
);
const { status, stdout } = spawnSync("node_modules/.bin/tsc", ["-p", folder], { encoding: "utf8" });
if (status !== 0) {
  failed = true;
  console.error(stdout);
}

function name(specifier) {
  return specifier.replaceAll(/[^a-z]+/g, "_").replace(/^_/, "");
}

process.exitCode = failed ? 1 : 0;
