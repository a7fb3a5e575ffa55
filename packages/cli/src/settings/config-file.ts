import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "@hud-ts/core/adapter";
import type { JsonObject } from "@hud-ts/core/spec";
import type { CliContext } from "../context.ts";
import { usageError } from "../output/failure.ts";
import type { Keys } from "./keys.ts";
import { nameHint } from "./nearest.ts";

const FILE = ".hud_eval.toml";

/** What `.hud_eval.toml` says: settings of `hud eval`, and the options of each agent. */
export interface ConfigFile {
  readonly eval: JsonObject;
  /** By agent name. */
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
  const text = await readFile(join(context.cwd, FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw usageError(`cannot read ${FILE}: ${error.code}`);
  });
  const sections = await parseToml(text);
  const own: { eval: JsonObject; agents: Map<string, JsonObject> } = { eval: {}, agents: new Map() };
  for (const [name, section] of Object.entries(sections)) {
    const known = ["eval", ...options.agents];
    const meant = name.replaceAll("_", "-");
    if (!known.includes(meant))
      throw usageError(`${FILE}: unknown section [${name}]`, { input: name, hint: nameHint(meant, known) });
    if (typeof section !== "object" || section === null || Array.isArray(section)) {
      throw usageError(`${FILE}: '${name}' must be a section, [${name}]`, { input: name });
    }
    const values = substitute(section, options.keys) as JsonObject;
    if (meant === "eval") own.eval = checkSettings(values, options.settings);
    else own.agents.set(meant, values);
  }
  return own;
}

async function parseToml(text: string): Promise<Record<string, unknown>> {
  const { parse } = await import("smol-toml");
  try {
    return parse(text);
  } catch (error) {
    throw usageError(`${FILE}: ${errorText(error).trim()}`);
  }
}

function checkSettings(values: JsonObject, known: readonly string[]): JsonObject {
  for (const name of Object.keys(values)) {
    if (known.includes(name)) continue;
    throw usageError(`${FILE}: unknown setting '${name}' in [eval]`, { input: name, hint: nameHint(name, known) });
  }
  return values;
}

/** `${NAME}` and `$NAME` in texts become the key's value, `$$` a dollar. */
function substitute(value: unknown, keys: Keys): unknown {
  if (typeof value === "string") return value.replace(/\$(?:\$|\{([^}]*)\}|([A-Za-z_]\w*))/g, lookUp);
  if (Array.isArray(value)) return value.map((item) => substitute(item, keys));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, keys)]));

  function lookUp(whole: string, braced?: string, bare?: string): string {
    const name = braced ?? bare;
    if (name === undefined) return "$";
    const found = keys.get(name);
    if (found === undefined) {
      throw usageError(`${FILE}: ${whole} is not set`, {
        input: name,
        hint: `Run \`hud set ${name}=…\`, or export it.`,
      });
    }
    return found;
  }
}
