import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, extname, relative, resolve } from "node:path";
import { errorText, SdkError } from "../errors/sdk-error.ts";
import { type JsonNode, JsonSyntaxError, NumberToken, nodeToValue, parseJsonNode } from "../util/json.ts";
import type { JsonObject } from "../util/json-types.ts";
import { decodeTaskRow, encodeTaskRow } from "../wire/codec/task-row.ts";
import { mapComposePaths } from "./compose-paths.ts";
import { pythonJson } from "./python-json.ts";
import { slugOfNode } from "./slug.ts";
import { Task } from "./task.ts";

/** A row of a file, and where it stands: `row 2` or `line 7`. */
interface PlacedNode {
  readonly place: string;
  readonly node: JsonNode;
}

/**
 * Reads the rows of a `.json` file (one row, or an array of rows) or a `.jsonl` file (one row per line).
 *
 * @throws SOURCE_NOT_FOUND, INVALID_OPTION for another suffix, INVALID_TASK_ROW naming file and row
 */
export async function readTaskFile(path: string): Promise<readonly Task[]> {
  const read = { ".json": wholeFile, ".jsonl": lines }[extname(path)];
  if (read === undefined) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `unsupported taskset source: ${path}`,
      hint: "row files end in .json or .jsonl",
    });
  }
  const text = await readText(path);
  return read(text, basename(path)).map((placed) => toTask(placed, path));
}

/**
 * Writes rows: `.json` as an indented array, `.jsonl` as one ASCII line each. Missing directories are made.
 *
 * @throws INVALID_OPTION for another suffix, STORAGE_FAILED
 */
export async function writeTaskFile(path: string, tasks: readonly Task[]): Promise<void> {
  const print = { ".json": printWhole, ".jsonl": printLines }[extname(path)];
  if (print === undefined) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `unsupported taskset export format: ${extname(path) || path}; use .json or .jsonl`,
    });
  }
  const directory = resolve(dirname(path));
  const rows = tasks.map((task) => encodeTaskRow(mapComposePaths(task, (file) => relative(directory, file))));
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(path, print(rows));
  } catch (error) {
    throw new SdkError({ code: "STORAGE_FAILED", message: `cannot write ${path}: ${errorText(error)}`, cause: error });
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new SdkError({
      code: missing ? "SOURCE_NOT_FOUND" : "SOURCE_LOAD_FAILED",
      message: missing ? `no such file: ${path}` : `cannot read ${path}: ${errorText(error)}`,
      cause: error,
    });
  }
}

function wholeFile(text: string, file: string): readonly PlacedNode[] {
  const node = parse(text, (error) => `${file}:${error.line}:${error.column}`);
  const rows: readonly JsonNode[] = Array.isArray(node) ? node : [node];
  return rows.map((row, index) => ({ place: `row ${index + 1}`, node: row }));
}

// At \n only: a raw U+2028 inside a string is part of the string, which the Python reference gets wrong.
function lines(text: string, file: string): readonly PlacedNode[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    return [{ place: `line ${index + 1}`, node: parse(line, (error) => `${file}:${index + 1}:${error.column}`) }];
  });
}

function parse(text: string, place: (error: JsonSyntaxError) => string): JsonNode {
  try {
    return parseJsonNode(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new SdkError({ code: "INVALID_TASK_ROW", message: `${place(error)}: ${error.problem}`, cause: error });
  }
}

function toTask({ place, node }: PlacedNode, path: string): Task {
  const what = `${basename(path)}: ${place}`;
  const args = { row: memberOf(node, "args"), verifier: memberOf(memberOf(node, "verifier"), "args") };
  const inexact = firstInexact(args.row) ?? firstInexact(args.verifier);
  if (inexact !== undefined) {
    throw new SdkError({
      code: "INVALID_TASK_ROW",
      message: `${what}: args hold the integer ${inexact}, which JavaScript cannot keep exactly`,
      hint: "write it as a string",
    });
  }
  const row = decodeTaskRow(nodeToValue(node), {
    what,
    deriveSlug: ({ id, part }) => slugOfNode(id, args[part] ?? {}),
  });
  const directory = dirname(resolve(path));
  try {
    return new Task(mapComposePaths(row, (file) => resolve(directory, file)));
  } catch (error) {
    if (!SdkError.is(error)) throw error;
    throw new SdkError({ code: error.code, message: `${what}: ${error.message}`, hint: error.hint, cause: error });
  }
}

/** An integer past 2^53 that would reach the task as another one. */
function firstInexact(node: JsonNode | undefined): string | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  if (node instanceof NumberToken) return isInexact(node.text) ? node.text : undefined;
  for (const value of Object.values(node) as readonly JsonNode[]) {
    const found = firstInexact(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isInexact(token: string): boolean {
  if (!/^-?\d+$/.test(token)) return false;
  const value = Number(token);
  return !Number.isFinite(value) || BigInt(token) !== BigInt(value);
}

function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  if (typeof node !== "object" || node === null || Array.isArray(node) || node instanceof NumberToken) return undefined;
  return Object.hasOwn(node, name) ? (node as { readonly [key: string]: JsonNode })[name] : undefined;
}

function printWhole(rows: readonly JsonObject[]): string {
  return `${JSON.stringify(rows, null, 2)}\n`;
}

// In ASCII: readers that split lines at U+2028 or U+0085 find no such character to split at.
function printLines(rows: readonly JsonObject[]): string {
  return rows.map((row) => `${pythonJson(parseJsonNode(JSON.stringify(row)), { sortKeys: false })}\n`).join("");
}
