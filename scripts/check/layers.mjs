// The arrows between packages, the ranks inside core, and that no files import each other in a circle, held against every import
// statement of the tree.
import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const { packages, testOnly, coreRanks, coreExceptions, circles } = JSON.parse(
  readFileSync("scripts/check/layers.json", "utf8"),
);
const problems = [];

for (const [name, allowed] of Object.entries(packages)) {
  const root = join("packages", name);
  for (const file of sourceFiles(root)) {
    const isTest = /\.test(-d)?\.ts$|__fixtures__|[\\/]test[\\/]/.test(file);
    for (const specifier of importsOf(file)) {
      if (isBuiltin(specifier)) continue;
      if (specifier.startsWith(".")) {
        if (name === "core" && !isTest) checkRank(file, specifier);
        continue;
      }
      const own = specifier === `@hud-ts/${name}` || specifier.startsWith(`@hud-ts/${name}/`);
      if (own || matches(specifier, allowed) || (isTest && matches(specifier, testOnly))) continue;
      problems.push(`${file}: ${name} may not import ${specifier}`);
    }
  }
}
for (const file of sourceFiles("packages")) {
  if (importsOf(file).some((specifier) => specifier.includes("examples/")))
    problems.push(`${file}: nobody imports an example`);
}

const clear = new Set();
for (const file of sourceFiles("packages")) findCircle(file, []);

/** Follows the relative imports, types included: files in a circle can only be understood together. */
function findCircle(file, path) {
  if (path.includes(file)) {
    const circle = path.slice(path.indexOf(file));
    if (!circle.some((member) => member in circles))
      problems.push(`circle of imports: ${circle.join(" -> ")} -> ${file}`);
    return;
  }
  if (clear.has(file)) return;
  for (const specifier of importsOf(file)) {
    if (/^\..*\.m?ts$/.test(specifier)) findCircle(join(dirname(file), specifier), [...path, file]);
  }
  clear.add(file);
}

function checkRank(file, specifier) {
  const core = join("packages", "core", "src");
  const from = relative(core, file);
  const to = relative(core, resolve(dirname(file), specifier));
  const [fromFolder, toFolder] = [from.split("/")[0], to.split("/")[0]];
  // Files beside the folders are entries: they may name anything.
  if (!(fromFolder in coreRanks) || fromFolder === toFolder || from in coreExceptions) return;
  if (toFolder in coreRanks && coreRanks[toFolder] < coreRanks[fromFolder]) return;
  problems.push(
    `${file}: ${fromFolder} (rank ${coreRanks[fromFolder]}) may not import ${toFolder} (rank ${coreRanks[toFolder] ?? "entry"})`,
  );
}

function matches(specifier, allowed) {
  return allowed.some((pattern) => {
    if (!pattern.includes("*")) return specifier === pattern || specifier.startsWith(`${pattern}/`);
    return new RegExp(`^${pattern.replaceAll("*", "[^/]+")}$`).test(specifier);
  });
}

function importsOf(file) {
  return ts.preProcessFile(readFileSync(file, "utf8")).importedFiles.map((imported) => imported.fileName);
}

function sourceFiles(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name) && !entry.name.endsWith("config.ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !/node_modules|[\\/]dist[\\/]|[\\/]templates[\\/]|__fixtures__[\\/].*broken/.test(file));
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
