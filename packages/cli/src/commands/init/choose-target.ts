import type { CliContext } from "../../context.ts";
import { ask } from "../../output/ask.ts";
import { usageError } from "../../output/failure.ts";
import { nameHint } from "../../settings/nearest.ts";
import { TEMPLATES } from "../../templates.ts";

/** Options of `hud init`. */
export interface InitOptions {
  readonly name?: string | undefined;
  readonly template?: string;
  readonly dir: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** The project's name and template: as given, asked for on a terminal, or the defaults. */
export async function chooseTarget(
  context: CliContext,
  options: InitOptions,
): Promise<{ readonly name: string; readonly template: string }> {
  const [standard] = TEMPLATES;
  if (options.template !== undefined) checkTemplate(options.template);
  if (options.name !== undefined) checkName(options.name);
  const asks = context.interactive && options.yes !== true;
  if (!asks && options.name === undefined && options.template === undefined) {
    throw usageError("hud init: a name or --template is needed where nobody can be asked", {
      hint: "Run `hud init my-env`.",
    });
  }
  const template = options.template ?? (asks ? await askTemplate(context) : standard.name);
  const name = options.name ?? (asks ? await askName(context, template) : template);
  return { name, template };
}

function checkTemplate(template: string): void {
  const names = TEMPLATES.map(({ name }) => name);
  if (names.includes(template)) return;
  throw usageError(`hud init: unknown template '${template}'`, { input: template, hint: nameHint(template, names) });
}

function checkName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw usageError(`hud init: ${problem}`, { input: name });
}

/** Why `name` cannot be the name of a package and of its directory, or undefined when it can. */
function nameProblem(name: string): string | undefined {
  if (/[/\\]/.test(name)) return `a name without slashes is needed, got '${name}'; --dir says where`;
  if (!/^[a-z0-9][a-z0-9._-]{0,213}$/i.test(name)) {
    return `a name of letters, digits, '-', '_' and '.', beginning with a letter or digit, is needed, got '${name}'`;
  }
  return name === "node_modules" ? "'node_modules' is no name for a project" : undefined;
}

async function askTemplate(context: CliContext): Promise<string> {
  if (TEMPLATES.length === 1) return TEMPLATES[0].name;
  return ask(context, (prompts, io) =>
    prompts.select({
      message: "Template",
      options: TEMPLATES.map(({ name, description }) => ({ value: name, label: name, hint: description })),
      ...io,
    }),
  );
}

function askName(context: CliContext, template: string): Promise<string> {
  return ask(context, (prompts, io) =>
    prompts.text({
      message: "Name of the project",
      placeholder: template,
      defaultValue: template,
      validate: (value) => (value === undefined || value === "" ? undefined : nameProblem(value)),
      ...io,
    }),
  );
}
