import type { Json, JsonObject } from "@hud-ts/core/spec";
import { usageError } from "../../output/failure.ts";

/** What `hud eval` was told, by flags or by `.hud_eval.toml`; names are the flags' own. */
export interface EvalSettings {
  readonly source?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly first?: boolean;
  readonly all?: boolean;
  readonly full?: boolean;
  readonly autoRespond?: boolean;
  /** Comma-separated on the command line. */
  readonly taskIds?: string;
  readonly groupSize?: number;
  readonly maxConcurrent?: number;
  readonly maxSteps?: number;
  /** Seconds. */
  readonly rolloutTimeout?: number;
  /** Seconds. */
  readonly agentTimeout?: number;
  readonly runtime?: string;
  /** `required`, `auto` or `none`. */
  readonly isolation?: string;
  readonly spare?: number;
  readonly tokenFile?: string;
  readonly dir?: string;
}

/** Everything on the command line of `hud eval`. */
export interface EvalFlags extends EvalSettings {
  readonly config?: readonly string[];
  readonly resume?: string;
  readonly allowChanged?: boolean;
  readonly yes?: boolean;
  readonly verbose?: boolean;
}

type Kind = "text" | "switch" | "count" | "spares" | "seconds" | "list";

const FILE_SETTINGS: Readonly<Record<string, readonly [name: keyof EvalSettings, kind: Kind]>> = {
  source: ["source", "text"],
  agent: ["agent", "text"],
  agent_type: ["agent", "text"],
  model: ["model", "text"],
  base_url: ["baseUrl", "text"],
  first: ["first", "switch"],
  all: ["all", "switch"],
  full: ["full", "switch"],
  auto_respond: ["autoRespond", "switch"],
  task_ids: ["taskIds", "list"],
  group: ["groupSize", "count"],
  group_size: ["groupSize", "count"],
  max_concurrent: ["maxConcurrent", "count"],
  max_steps: ["maxSteps", "count"],
  rollout_timeout: ["rolloutTimeout", "seconds"],
  agent_timeout: ["agentTimeout", "seconds"],
  runtime: ["runtime", "text"],
  isolation: ["isolation", "text"],
  spare: ["spare", "spares"],
  token_file: ["tokenFile", "text"],
  dir: ["dir", "text"],
};

/** The names that `[eval]` of `.hud_eval.toml` may have. */
export const FILE_SETTING_NAMES: readonly string[] = Object.keys(FILE_SETTINGS);

/** The settings of a configuration file, checked. */
export function settingsFromFile(values: JsonObject): EvalSettings {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const row = FILE_SETTINGS[key];
    if (row === undefined || value === undefined) continue;
    settings[row[0]] = checked(key, value, row[1]);
  }
  return settings;
}

const SELECTIONS = ["first", "all", "taskIds"] as const;

/** Flags over the file's settings. */
export function mergeSettings(flags: EvalFlags, file: EvalSettings): EvalSettings {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const { first, all, taskIds, ...rest } = file;
  const selects = SELECTIONS.some((name) => name in given); // the flags' choice of tasks stands in place of the file's
  return { ...(selects ? rest : file), ...given };
}

interface KindRow {
  readonly wanted: string;
  readonly fits: (value: Json) => boolean;
}

const KINDS: Readonly<Record<Kind, KindRow>> = {
  text: { wanted: "a text", fits: (value) => typeof value === "string" },
  switch: { wanted: "true or false", fits: (value) => typeof value === "boolean" },
  count: { wanted: "a whole number of at least 1", fits: (value) => Number.isSafeInteger(value) && Number(value) >= 1 },
  spares: { wanted: "a whole number", fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0 },
  seconds: { wanted: "seconds greater than 0", fits: (value) => typeof value === "number" && value > 0 },
  list: { wanted: "a list of names", fits: (value) => typeof value === "string" || Array.isArray(value) },
};

function checked(key: string, value: Json, kind: Kind): Json {
  const { wanted, fits } = KINDS[kind];
  if (fits(value)) return Array.isArray(value) ? value.join(",") : value;
  throw usageError(`.hud_eval.toml: '${key}' must be ${wanted}, got ${JSON.stringify(value)}`, { input: key });
}
