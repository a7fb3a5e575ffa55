// Code in documents: every ```ts block type-checks as a module, every `hud` command in a ```sh block exists with its flags.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FENCE = /^```(\w+)[^\n]*\n([\s\S]*?)^```/gm;
const FILE_NAME = /^\/\/ ([\w./-]+\.ts)\s*$/m;
const folder = "node_modules/.cache/documents";
const problems = [];
const helpTexts = new Map();

const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  ...markdownIn("docs"),
  ...readdirSync("packages").map((name) => join("packages", name, "README.md")),
  ...readdirSync("examples").map((name) => join("examples", name, "README.md")),
];

rmSync(folder, { recursive: true, force: true });
for (const document of documents) {
  const blocks = [...readFileSync(document, "utf8").matchAll(FENCE)].map(([, language, code]) => ({ language, code }));
  const ts = blocks.filter(({ language }) => language === "ts");
  ts.forEach(({ code }, index) => {
    // Blocks of one document form one project; a first line `// env.ts` names the file that others import.
    const name = code.startsWith("// ") ? FILE_NAME.exec(code.split("\n", 1)[0])?.[1] : undefined;
    const target = join(folder, document.replaceAll(/[/.]/g, "-"), name ?? `block-${index + 1}.ts`);
    mkdirSync(join(target, ".."), { recursive: true });
    writeFileSync(target, code);
  });
  for (const { language, code } of blocks) if (language === "sh") checkCommands(document, code);
}

writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: "../../../tsconfig.base.json",
    compilerOptions: { noEmit: true, noUnusedLocals: false, noUnusedParameters: false },
    include: ["**/*.ts"],
  }),
);
const { status, stdout } = spawnSync("node_modules/.bin/tsc", ["-p", folder], { encoding: "utf8" });
if (status !== 0) problems.push(stdout.replaceAll(`${folder}/`, ""));

function help(command) {
  if (!helpTexts.has(command)) {
    const result = spawnSync(process.execPath, ["packages/cli/bin/hud.js", ...command.split(" "), "--help"], {
      encoding: "utf8",
    });
    helpTexts.set(command, result.status === 0 ? `${result.stdout}${result.stderr}` : undefined);
  }
  return helpTexts.get(command);
}

function checkCommands(document, code) {
  for (const line of code.replaceAll("\\\n", " ").split("\n")) {
    const words = /(?:^|\s|&& )hud (.*)$/.exec(line.split(" #")[0])?.[1]?.trim().split(/\s+/);
    if (words === undefined) continue;
    const command =
      ["task", "jobs"].includes(words[0]) && /^[a-z]+$/.test(words[1] ?? "") ? `${words[0]} ${words[1]}` : words[0];
    if (command.startsWith("-")) continue;
    const text = help(command);
    if (text === undefined) problems.push(`${document}: no such command: hud ${command}`);
    for (const flag of words.filter((word) => word.startsWith("--"))) {
      if (text !== undefined && !text.includes(flag.split("=")[0]))
        problems.push(`${document}: hud ${command} has no ${flag}`);
    }
  }
}

function markdownIn(root) {
  return readdirSync(root, { recursive: true })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(root, name));
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
