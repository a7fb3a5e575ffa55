import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import { type CliContext, fromCwd } from "../../context.ts";
import { displayPath } from "../../output/text.ts";
import { readTemplate, TEMPLATES } from "../../templates.ts";
import { chooseTarget, type InitOptions } from "./choose-target.ts";
import { dependencySource } from "./dependency-source.ts";
import { renameTemplate } from "./rename-template.ts";

/** Creates a project from a template, ready for `npm install`. */
export async function initCommand(context: CliContext, options: InitOptions): Promise<number> {
  const { name, template } = await chooseTarget(context, options);
  const path = join(fromCwd(context, options.dir), name);
  const { existed, empty } = await inspect(path);
  if (!empty && options.force !== true) {
    throw new SdkError({
      code: "TARGET_EXISTS",
      message: `${path} exists and is not empty`,
      hint: "Choose another name, or write into it with --force.",
      details: { input: path },
    });
  }
  const files = renameTemplate(await readTemplate(template), { template, name });
  const names = [...files.keys()].sort();
  if (options.dryRun === true) {
    context.output.data(names.map((file) => join(path, file)).join("\n"));
    context.output.document({ dry_run: true, action: "init", path, preset: template, files: names });
    return 0;
  }
  try {
    await writeProject(context, { path, files });
  } catch (error) {
    if (!existed) await rm(path, { recursive: true, force: true });
    throw error;
  }
  sayNext(context, path);
  if (TEMPLATES.some(({ name: each, shell }) => each === template && shell === true)) await sayIsolation(context);
  context.output.document({ path, preset: template, created: true, files: names });
  return 0;
}

async function writeProject(
  context: CliContext,
  project: { readonly path: string; readonly files: ReadonlyMap<string, string> },
): Promise<void> {
  await mkdir(project.path, { recursive: true });
  const dependencies = await dependencySource({ project: project.path, signal: context.signal });
  for (const [file, text] of project.files) {
    const target = join(project.path, file);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, file === "package.json" ? dependencies.resolve(text) : text);
  }
}

async function inspect(path: string): Promise<{ existed: boolean; empty: boolean }> {
  try {
    return { existed: true, empty: (await readdir(path)).length === 0 };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { existed: false, empty: true };
    if (code === "ENOTDIR") return { existed: true, empty: false };
    throw error;
  }
}

/** Tells at once, rather than at the first rollout, that this machine has no sandbox, and what to install. */
async function sayIsolation({ output }: CliContext): Promise<void> {
  const { probeIsolation } = await import("@hud-ts/capabilities/sandbox");
  try {
    await probeIsolation("required");
  } catch (error) {
    if (!SdkError.is(error, "ISOLATION_UNAVAILABLE")) throw error;
    output.note("");
    output.warn(error.message);
    output.note(error.hint ?? "");
  }
}

function sayNext(context: CliContext, path: string): void {
  const { bold, green } = context.output.colors;
  context.output.note(`${green("Created")} ${path}`);
  context.output.note("");
  context.output.note(`  ${bold(`cd ${displayPath(path, context.cwd)}`)}`);
  context.output.note(`  ${bold("npm install")}`);
  context.output.note(`  ${bold("npx hud eval tasks.ts oracle")}`);
}
