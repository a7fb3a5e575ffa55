import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { SdkError } from "@hud-ts/core/adapter";

/** A source on disk: what it is, and the files of it that are loaded. */
export interface ResolvedSource {
  readonly kind: "module" | "directory" | "data";
  /** Absolute, links resolved. */
  readonly path: string;
  /** The path itself for a directory, else the directory it lies in. */
  readonly directory: string;
  /** Absolute paths, in the order in which they are loaded. */
  readonly entries: readonly string[];
  /** What a taskset loaded from it is called. */
  readonly name: string;
}

const MODULE = /\.[cm]?[jt]s$/;
const DATA = /\.jsonl?$/;
const DIRECTORY_ENTRY = /\.[jt]s$/;
const NOT_AN_ENTRY = /\.(?:test|spec|test-d|config|d)\.[jt]s$/;

/** Finds what `source` names. @throws SOURCE_NOT_FOUND, INVALID_OPTION */
export async function resolveSource(source: string): Promise<ResolvedSource> {
  const real = await realpath(path.resolve(source)).catch(() => undefined);
  const found = real === undefined ? undefined : await stat(real);
  if (real === undefined || found === undefined) {
    throw new SdkError({ code: "SOURCE_NOT_FOUND", message: `no such source: ${source}`, hint: await nearby(source) });
  }
  const name = path.basename(real).replace(found.isDirectory() ? /^$/ : /\.[^.]+$/, "");
  if (found.isDirectory()) {
    return { kind: "directory", path: real, directory: real, entries: await directoryEntries(real, source), name };
  }
  const directory = path.dirname(real);
  if (MODULE.test(real)) return { kind: "module", path: real, directory, entries: [real], name };
  if (DATA.test(real)) return { kind: "data", path: real, directory, entries: [real], name };
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `unsupported source: ${source}`,
    hint: "A source is a .ts, .mts, .js or .mjs module, a directory of .ts and .js files, or a .json or .jsonl file of rows.",
  });
}

/** What lies where the source was looked for. */
async function nearby(source: string): Promise<string> {
  const names = await readdir(path.dirname(path.resolve(source))).catch(() => undefined);
  if (names === undefined) return `There is no directory ${path.dirname(source)} either.`;
  const sources = names.filter((name) => (MODULE.test(name) && !NOT_AN_ENTRY.test(name)) || name.endsWith(".jsonl"));
  return sources.length === 0
    ? "No module and no file of rows lies there."
    : `There are ${sources.slice(0, 8).join(", ")}${sources.length > 8 ? ", …" : ""}.`;
}

async function directoryEntries(directory: string, source: string): Promise<string[]> {
  const found = await readdir(directory, { withFileTypes: true });
  const names = found
    .filter((entry) => !entry.isDirectory() && DIRECTORY_ENTRY.test(entry.name) && !NOT_AN_ENTRY.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  if (names.length === 0) {
    throw new SdkError({
      code: "SOURCE_NOT_FOUND",
      message: `no .ts or .js file directly in ${source}`,
      hint: "Name the file, or the directory it lies in.",
    });
  }
  return names.map((name) => path.join(directory, name));
}
