import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import type { CliContext } from "../../context.ts";
import { fromCwd } from "../../context.ts";
import { usageError } from "../../output/failure.ts";

const MODULES = ["tasks.ts", "tasks.js", "tasks.mts", "tasks.mjs"];

/** The source that is meant when none is named: `tasks.ts`, else the only `.json` or `.jsonl` of rows, else the directory. */
export async function findSource(context: CliContext, named: string | undefined): Promise<string> {
  if (named !== undefined) return fromCwd(context, named);
  const module = MODULES.find((name) => existsSync(fromCwd(context, name)));
  if (module !== undefined) return fromCwd(context, module);
  const names = await readdir(context.cwd);
  const data = names.filter(
    (name) => /\.jsonl?$/.test(name) && !/^(package|package-lock|tsconfig.*|\..*)\.json$/.test(name),
  );
  const [only] = data;
  if (data.length === 1 && only !== undefined) return fromCwd(context, only);
  if (names.some((name) => /(?<!\.d)\.m?[tj]s$/.test(name))) return context.cwd;
  throw usageError("no source of tasks: no tasks.ts here, and no single .json or .jsonl file of rows", {
    hint:
      data.length > 1
        ? `Name one of ${data.join(", ")}.`
        : "Name one: `hud eval tasks.ts oracle`. `hud init` writes one.",
  });
}
