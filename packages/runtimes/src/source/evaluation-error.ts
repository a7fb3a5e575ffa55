import { readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorText, SdkError } from "@hud-ts/core/adapter";
import { codeFrame } from "./code-frame.ts";

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface BundlePlace {
  /** The bundle. */
  readonly file: string;
  /** The source's directory. */
  readonly directory: string;
}

// A line of a stack: `at name (place)`, `at place`, or a bare place where an import could not be linked.
const POSITION = /(?:\(|at |^)(?:async )?(file:\/\/\/.*?|\/.*?):(\d+)(?::(\d+))?\)?$/gm;
const INLINE_MAP = /\n\/\/# sourceMappingURL=data:application\/json;base64,([^\n]+)\s*$/;

/** Explains what user code threw while it was imported: where, in the user's own files, and what. */
export async function evaluationError(thrown: unknown, bundle: BundlePlace): Promise<SdkError> {
  const sdkError = SdkError.is(thrown) ? thrown : undefined;
  const kind = thrown instanceof Error && sdkError === undefined && thrown.name !== "Error" ? `${thrown.name}: ` : "";
  const text = kind + errorText(thrown);
  const place = await findPlace(thrown, bundle);
  return new SdkError({
    code: "SOURCE_LOAD_FAILED",
    message: place === undefined ? `${path.basename(bundle.directory)}: ${text}` : await describe(place, text, bundle),
    hint: sdkError?.hint,
    cause: thrown,
    ...(place === undefined ? {} : { details: { ...place } }),
  });
}

async function describe(place: Place, text: string, bundle: BundlePlace): Promise<string> {
  const source = await readFile(place.file, "utf8").catch(() => "");
  const code = source.split("\n")[place.line - 1];
  return codeFrame({ ...place, file: path.relative(bundle.directory, place.file), text, code });
}

/** The first position of the stack in a file of the user's. Positions in the bundle are followed through its map. */
async function findPlace(thrown: unknown, bundle: BundlePlace): Promise<Place | undefined> {
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  const map = await readMap(bundle.file);
  if (map === undefined) return undefined;
  const sources = new Set(map.payload.sources.map((source) => sourcePath(source, bundle.file)));
  for (const [, address = "", line = "1", column = "1"] of stack.matchAll(POSITION)) {
    const file = toPath(address);
    if (sources.has(file)) return { file, line: Number(line), column: Number(column) };
    if (file !== bundle.file) continue;
    const original = originalPlace(map, Number(line), Number(column));
    if (original !== undefined) return original;
  }
  return undefined;

  function originalPlace(known: SourceMap, line: number, column: number): Place | undefined {
    const entry = known.findEntry(line - 1, column - 1);
    if (!("originalSource" in entry) || entry.originalSource === "") return undefined;
    const file = sourcePath(entry.originalSource, bundle.file);
    return { file, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }
}

// Maps name their sources by URLs relative to the generated file.
function sourcePath(source: string, bundle: string): string {
  return fileURLToPath(new URL(source, pathToFileURL(bundle)));
}

function toPath(source: string): string {
  return source.startsWith("file:") ? fileURLToPath(source) : source;
}

async function readMap(bundle: string): Promise<SourceMap | undefined> {
  const encoded = INLINE_MAP.exec(await readFile(bundle, "utf8").catch(() => ""))?.[1];
  return encoded === undefined ? undefined : new SourceMap(JSON.parse(Buffer.from(encoded, "base64").toString("utf8")));
}
