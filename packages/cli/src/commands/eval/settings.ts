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

type Kind = "text" | "switch" | "whole" | "seconds" | "list";

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
  group: ["groupSize", "whole"],
  group_size: ["groupSize", "whole"],
  max_concurrent: ["maxConcurrent", "whole"],
  max_steps: ["maxSteps", "whole"],
  rollout_timeout: ["rolloutTimeout", "seconds"],
  agent_timeout: ["agentTimeout", "seconds"],
  runtime: ["runtime", "text"],
  spare: ["spare", "whole"],
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

/** Flags over the file's settings. */
export function mergeSettings(flags: EvalFlags, file: EvalSettings): EvalSettings {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return { ...file, ...Object.fromEntries(given) };
}

function checked(key: string, value: Json, kind: Kind): Json {
  switch (kind) {
    case "text":
      return expect(key, value, typeof value === "string", "a text");
    case "switch":
      return expect(key, value, typeof value === "boolean", "true or false");
    case "whole": {
      const least = key === "spare" ? 0 : 1;
      return expect(
        key,
        value,
        Number.isSafeInteger(value) && Number(value) >= least,
        `a whole number of at least ${least}`,
      );
    }
    case "seconds":
      return expect(key, value, typeof value === "number" && value > 0, "seconds greater than 0");
    case "list":
      if (Array.isArray(value)) return value.join(",");
      return expect(key, value, typeof value === "string", "a list of names");
  }
}

function expect(key: string, value: Json, ok: boolean, wanted: string): Json {
  if (ok) return value;
  throw usageError(`.hud_eval.toml: '${key}' must be ${wanted}, got ${JSON.stringify(value)}`, { input: key });
}
