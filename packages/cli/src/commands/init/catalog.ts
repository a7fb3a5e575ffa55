import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The workspace's pinned versions, by package name. */
export async function readCatalog(checkout: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(checkout, "pnpm-workspace.yaml"), "utf8");
  const section = /^catalog:\n((?: {2}.*\n)*)/m.exec(text)?.[1] ?? "";
  const rows = section.matchAll(/^ {2}"?([^":]+)"?: (\S+)$/gm);
  return new Map(Array.from(rows, ([, name = "", version = ""]) => [name, version]));
}
