import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { documentOf, hud, project } from "./hud.ts";
import { runHere } from "./run-here.ts";

const FILES = [".gitignore", "Dockerfile.hud", "README.md", "env.ts", "package.json", "tasks.ts", "tsconfig.json"];

test("a project runs after npm install, as a new user would have it", { timeout: 180_000 }, async () => {
  await using here = await project();
  const done = await hud(["init", "My_Env", "--json"], { cwd: here.path });
  const path = join(here.path, "My_Env");
  expect(documentOf(done)).toEqual({ path, preset: "letter-count", created: true, files: FILES });
  for (const file of FILES) expect(existsSync(join(path, file))).toBe(true);
  expect(await readFile(join(path, "env.ts"), "utf8")).toContain('new Environment({ name: "my-env" })');
  expect(await readFile(join(path, "README.md"), "utf8")).toMatch(/^# My_Env\n/);
  const manifest = JSON.parse(await readFile(join(path, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ name: "my-env", scripts: { eval: "hud eval tasks.ts oracle" } });
  expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:/);

  const run = promisify(execFile);
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: path });
  const { stdout } = await run("npx", ["hud", "eval", "tasks.ts", "oracle", "--json"], { cwd: path });
  expect(JSON.parse(stdout)).toMatchObject({ mean_reward: 1, coverage: { graded: 4, total: 4 } });
  await run("npm", ["run", "typecheck"], { cwd: path });
});

test("a dry run writes nothing; an unfinished or full target is not written over", async () => {
  await using here = await project();
  const cwd = here.path;
  const plan = await runHere(["init", "env", "--dry-run", "--json"], cwd);
  expect(documentOf(plan)).toEqual({
    dry_run: true,
    action: "init",
    path: join(cwd, "env"),
    preset: "letter-count",
    files: FILES,
  });
  expect(existsSync(join(cwd, "env"))).toBe(false);
  await mkdir(join(cwd, "full"));
  await writeFile(join(cwd, "full", "mine"), "");
  const full = await runHere(["init", "full", "--json"], cwd);
  expect({ code: full.code, ...documentOf<object>(full) }).toMatchObject({ code: 1, error: "conflict" });
});

test.each([
  [[], "a name or --template is needed"],
  [["../up"], "a name without slashes"],
  [[".."], "a name of letters"],
  [["-t", "letters"], "unknown option '-t'|unknown template 'letters'"],
  [["node_modules"], "'node_modules' is no name"],
])("init %j is a usage error", async (args, message) => {
  await using here = await project();
  const done = await runHere(["init", ...args, "--json"], here.path);
  expect(done.code).toBe(2);
  expect(documentOf<{ message: string }>(done).message).toMatch(new RegExp(message));
});
