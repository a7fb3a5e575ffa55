import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "@hud-ts/core/adapter";
import type { JsonObject } from "@hud-ts/core/spec";
import type { CliContext } from "../context.ts";
import { usageError } from "../output/failure.ts";
import { withKeys } from "./key-names.ts";
import type { Keys } from "./keys.ts";
import { nameHint } from "./nearest.ts";

/** The name of the file. */
export const CONFIG_FILE = ".hud_eval.toml";

/** What `.hud_eval.toml` says: settings of `hud eval`, with keys in place of their names, and the options of each agent. */
export interface ConfigFile {
  readonly eval: JsonObject;
  /** By agent name. As written: `${NAME}` stands for a key, so that a record of them holds no secret. */
  readonly agents: ReadonlyMap<string, JsonObject>;
}

/**
 * Reads `.hud_eval.toml` of the working directory; without one nothing is configured. It is never written.
 *
 * @param agents the agents that may have a section
 */
export async function readConfigFile(
  context: CliContext,
  options: { readonly keys: Keys; readonly agents: readonly string[]; readonly settings: readonly string[] },
): Promise<ConfigFile> {
  const text = await readFile(join(context.cwd, CONFIG_FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw usageError(`cannot read ${CONFIG_FILE}: ${error.code}`);
  });
  const sections = await parseToml(text);
  const own: { eval: JsonObject; agents: Map<string, JsonObject> } = { eval: {}, agents: new Map() };
  for (const [name, section] of Object.entries(sections)) {
    const known = ["eval", ...options.agents];
    const meant = name.replaceAll("_", "-");
    if (!known.includes(meant))
      throw usageError(`${CONFIG_FILE}: unknown section [${name}]`, { input: name, hint: nameHint(meant, known) });
    if (typeof section !== "object" || section === null || Array.isArray(section)) {
      throw usageError(`${CONFIG_FILE}: '${name}' must be a section, [${name}]`, { input: name });
    }
    const values = section as JsonObject;
    if (meant === "eval")
      own.eval = checkSettings(withKeys(values, options.keys, CONFIG_FILE) as JsonObject, options.settings);
    else own.agents.set(meant, values);
  }
  return own;
}

async function parseToml(text: string): Promise<Record<string, unknown>> {
  const { parse } = await import("smol-toml");
  try {
    return parse(text);
  } catch (error) {
    throw usageError(`${CONFIG_FILE}: ${errorText(error).trim()}`);
  }
}

function checkSettings(values: JsonObject, known: readonly string[]): JsonObject {
  for (const name of Object.keys(values)) {
    if (known.includes(name)) continue;
    throw usageError(`${CONFIG_FILE}: unknown setting '${name}' in [eval]`, {
      input: name,
      hint: nameHint(name, known),
    });
  }
  return values;
}
