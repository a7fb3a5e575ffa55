import type { TaskRow } from "@hud-ts/core/spec";
import type { LoadedSource } from "@hud-ts/runtimes/source";
import { usageError } from "../../output/failure.ts";

/** Refuses rows that cannot run, before anything is started for them: unknown environments, templates and wrong arguments. */
export async function checkRows(tasks: readonly TaskRow[], source: LoadedSource): Promise<void> {
  const { preflight } = await import("@hud-ts/core");
  await preflight(tasks, (row) => source.environmentFor(row.env) ?? unknownEnvironment(row, source));
}

function unknownEnvironment(row: TaskRow, source: LoadedSource): never {
  const names = source.environments.map(({ name }) => name);
  throw usageError(`task '${row.slug}' needs the environment '${row.env}', which ${source.path} does not declare`, {
    input: row.env,
    hint: names.length === 0 ? "Put the module that declares it beside the rows." : `It declares ${names.join(", ")}.`,
  });
}
