import type { Json, JsonObject } from "@hud-ts/core/spec";
import { usageError } from "../../output/failure.ts";
import { withoutNames } from "../../settings/key-names.ts";
import { nameHint } from "../../settings/nearest.ts";
import { parseValue, splitPair } from "../../settings/pairs.ts";

/** What an option of an agent may be. */
type OptionKind = "text" | "number" | "switch" | "object" | "list";

/** The options of an agent that the command line may set, by their name in code. */
export type OptionTable = Readonly<Record<string, OptionKind>>;

/**
 * Options of the chosen agent as written: its section of the file, in which `${NAME}` stands for a key, and over it `--config`,
 * whose texts name none. Unknown ones are refused.
 */
export function agentOptions(given: {
  readonly agent: string;
  readonly table: OptionTable;
  readonly section: JsonObject;
  readonly pairs: readonly string[];
  readonly agents: readonly string[];
}): JsonObject {
  const options: Record<string, Json> = {};
  const where = `options of ${given.agent}`;
  for (const [key, value] of Object.entries(given.section)) {
    if (value !== undefined) set(options, given.table, { key, value, where });
  }
  for (const pair of given.pairs) {
    const [path, text] = splitPair(pair, "--config");
    const [owner, key] = ownerOf(path, given.agents);
    if (owner === undefined || owner === given.agent) {
      set(options, given.table, { key, value: withoutNames(parseValue(text)), text: withoutNames(text), where });
    }
  }
  return options;
}

function ownerOf(path: string, agents: readonly string[]): readonly [owner: string | undefined, key: string] {
  const at = path.indexOf(".");
  if (at === -1) return [undefined, path];
  const owner = path.slice(0, at).replaceAll("_", "-");
  if (!agents.includes(owner)) {
    throw usageError(`--config: unknown agent '${path.slice(0, at)}'`, { input: path, hint: nameHint(owner, agents) });
  }
  return [owner, path.slice(at + 1)];
}

function set(
  options: Record<string, Json>,
  table: OptionTable,
  entry: {
    readonly key: string;
    readonly value: Json;
    /** As it was written on the command line, where a text that looks like JSON needs no quotes. */
    readonly text?: Json;
    readonly where: string;
  },
): void {
  const name = entry.key.replace(/[_-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const kind = Object.hasOwn(table, name) ? table[name] : undefined;
  if (kind === undefined) {
    const known = Object.keys(table).map(snakeCase);
    throw usageError(`unknown option '${entry.key}' among the ${entry.where}`, {
      input: entry.key,
      hint: known.length === 0 ? "It has no options." : nameHint(entry.key, known),
    });
  }
  const value = kind === "text" && typeof entry.value !== "string" ? (entry.text ?? entry.value) : entry.value;
  if (!KINDS[kind](value)) {
    const got = JSON.stringify(value);
    throw usageError(`option '${entry.key}' must be ${WANTED[kind]}, got ${got}`, { input: entry.key });
  }
  options[name] = value;
}

const KINDS: Readonly<Record<OptionKind, (value: Json) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  switch: (value) => typeof value === "boolean",
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  list: (value) => Array.isArray(value),
};

const WANTED: Readonly<Record<OptionKind, string>> = {
  text: "a text",
  number: "a number",
  switch: "true or false",
  object: "a JSON object",
  list: "a JSON list",
};

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
