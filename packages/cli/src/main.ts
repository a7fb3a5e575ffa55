import { createRequire } from "node:module";

/**
 * The bin's entry. The version is answered before anything is imported, so that it costs little more than starting Node.
 *
 * @module
 */
const [first = "", ...others] = process.argv.slice(2);
if (["version", "--version", "-V"].includes(first) && others.length === 0) {
  const { version } = createRequire(import.meta.url)("../package.json") as { version: string };
  process.stdout.write(`hud ${version}\n`);
} else {
  const { runProcess } = await import("./run-process.ts");
  await runProcess();
}
