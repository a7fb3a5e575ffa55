import type { Json } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "../../context.ts";

/** Lists the rows of a source: slug, template and arguments. */
export async function taskListCommand(context: CliContext, options: { readonly source?: string }): Promise<number> {
  const { loadSource } = await import("@hud-ts/runtimes/source");
  const { tasks } = await loadSource(fromCwd(context, options.source ?? "."), { signal: context.signal });
  const rows = Array.from(tasks, ({ slug, id, args }) => ({ slug, id, args }));
  for (const { slug, id, args } of rows) {
    const given = Object.keys(args).length === 0 ? "" : ` ${JSON.stringify(args)}`;
    context.output.data(context.output.quiet ? slug : `${slug}\t${id}${given}`);
  }
  context.output.document(rows as Json);
  return 0;
}
