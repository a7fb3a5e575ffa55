import type { JsonObject } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "../../context.ts";
import { type IsolationPolicy, isolationPolicy } from "../../isolation.ts";
import { usageError } from "../../output/failure.ts";
import { readConfigFile } from "../../settings/config-file.ts";
import type { Keys } from "../../settings/keys.ts";
import { agentOptions } from "./agent-options.ts";
import { AGENT_NAMES, agentKind } from "./agents.ts";
import { chooseAgent } from "./choose-agent.ts";
import { findSource } from "./find-source.ts";
import { checkRuntime } from "./placement.ts";
import { type EvalFlags, type EvalSettings, FILE_SETTING_NAMES, mergeSettings, settingsFromFile } from "./settings.ts";

const FULL_MAX_STEPS = 100;

/** What is asked of the model and of the tasks: kept in the job, so that a resume needs no argument. */
interface Asked {
  /** Absolute path. */
  readonly source: string;
  readonly agent: string;
  readonly model: string | undefined;
  readonly baseUrl: string | undefined;
  /** The agent's options as written: `${NAME}` stands for a key, which a resume looks up again. */
  readonly options: JsonObject;
  readonly taskIds: readonly string[] | undefined;
  readonly first: boolean;
  readonly group: number;
  readonly runtime: string;
  /** Undefined: the agent decides, and who is asked. */
  readonly isolation: IsolationPolicy | undefined;
  readonly rolloutTimeoutMs: number | undefined;
  readonly agentTimeoutMs: number | undefined;
}

/** Everything that `hud eval` was told, resolved. */
export interface EvalPlan extends Asked {
  readonly maxConcurrent: number | undefined;
  readonly spare: number | undefined;
  readonly tokenFile: string | undefined;
  /** Absolute path of the directory that holds the jobs. */
  readonly dir: string;
  /** Full id of the job to finish. */
  readonly resume?: string;
  /** The asked part as the job keeps it. */
  readonly record: JsonObject;
}

/** The plan of a new job: flags over `.hud_eval.toml` over defaults. */
export async function newPlan(context: CliContext, flags: EvalFlags, keys: Keys): Promise<EvalPlan> {
  if (flags.allowChanged === true) throw usageError("--allow-changed only goes with --resume");
  const file = await readConfigFile(context, { keys, agents: AGENT_NAMES, settings: FILE_SETTING_NAMES });
  const settings = mergeSettings(flags, settingsFromFile(file.eval));
  const { first, taskIds } = chosenTasks(settings);
  const source = await findSource(context, settings.source);
  const agent = agentKind(settings.agent ?? (await chooseAgent(context)));
  const options = agentOptions({
    agent: agent.name,
    table: agent.options,
    section: file.agents.get(agent.name) ?? {},
    pairs: flags.config ?? [],
    agents: AGENT_NAMES,
  });
  const runtime = settings.runtime ?? "process";
  checkRuntime(runtime);
  return withExecution(context, settings, {
    source,
    agent: agent.name,
    model: settings.model,
    baseUrl: settings.baseUrl,
    options: "maxSteps" in agent.options ? { ...options, ...stepOptions(flags, settings, options) } : options,
    taskIds,
    first,
    group: settings.groupSize ?? 1,
    runtime,
    isolation: settings.isolation === undefined ? undefined : isolationPolicy(settings.isolation),
    rolloutTimeoutMs: milliseconds(settings.rolloutTimeout),
    agentTimeoutMs: milliseconds(settings.agentTimeout),
  });
}

function chosenTasks({ first = false, all = false, taskIds }: EvalSettings): Pick<Asked, "first" | "taskIds"> {
  const ids = taskIds
    ?.split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (ids?.length === 0) {
    throw usageError(`--task-ids: expected slugs, template ids or indices, got '${taskIds}'`, {
      hint: "`hud task list` shows them. Leave the flag out to run all tasks.",
    });
  }
  if (first && (all || ids !== undefined)) {
    throw usageError(`--first and ${all ? "--all" : "--task-ids"} exclude each other`, { hint: "Give one of them." });
  }
  return { first, taskIds: ids };
}

/** The plan of an interrupted job, as it was asked for; what only concerns the execution may be given anew. */
export async function resumedPlan(context: CliContext, flags: EvalFlags, keys: Keys): Promise<EvalPlan> {
  const fixed = (
    ["source", "agent", "model", "config", "first", "full", "taskIds", "groupSize", "maxSteps"] as const
  ).filter((name) => flags[name] !== undefined);
  if (fixed.length > 0) {
    throw usageError(`--resume finishes a job as it was begun; ${fixed.join(", ")} cannot be given with it`, {
      hint: `Run \`hud eval --resume ${flags.resume}\`.`,
    });
  }
  const file = await readConfigFile(context, { keys, agents: AGENT_NAMES, settings: FILE_SETTING_NAMES });
  const { dir, maxConcurrent, spare, tokenFile } = settingsFromFile(file.eval);
  const settings = mergeSettings(flags, { ...(dir === undefined ? {} : { dir }) });
  const { readJob } = await import("@hud-ts/core/results");
  const job = await readJob(jobsDirectory(context, settings), flags.resume ?? "");
  const asked = job.config as unknown as Asked | undefined;
  if (asked?.source === undefined) {
    throw usageError(`job ${flags.resume} was not begun by \`hud eval\``, {
      hint: "Resume it from the program that began it.",
    });
  }
  if (flags.runtime !== undefined) checkRuntime(flags.runtime);
  const execution = mergeSettings(flags, {
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
    ...(spare === undefined ? {} : { spare }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...settings,
  });
  const plan = withExecution(context, execution, {
    ...asked,
    ...(flags.runtime === undefined ? {} : { runtime: flags.runtime }),
    ...(flags.isolation === undefined ? {} : { isolation: isolationPolicy(flags.isolation) }),
    baseUrl: flags.baseUrl ?? keptUrl(asked.baseUrl, file.eval),
  });
  return { ...plan, resume: job.id };
}

function withExecution(context: CliContext, settings: EvalSettings, asked: Asked): EvalPlan {
  return {
    ...asked,
    maxConcurrent: settings.maxConcurrent,
    spare: settings.spare,
    tokenFile: settings.tokenFile,
    dir: jobsDirectory(context, settings),
    record: JSON.parse(JSON.stringify({ ...asked, baseUrl: withoutQuery(asked.baseUrl) })) as JsonObject, // without the members that are undefined
  };
}

/** The url as a job keeps it: a query may hold a key, so that only its `?` is kept. */
function withoutQuery(url: string | undefined): string | undefined {
  return url?.replace(/\?.*$/s, "?");
}

function keptUrl(kept: string | undefined, file: JsonObject): string | undefined {
  if (kept?.endsWith("?") !== true) return kept;
  const { baseUrl } = settingsFromFile(file);
  if (baseUrl !== undefined && withoutQuery(baseUrl) === kept) return baseUrl;
  throw usageError(`the base url of this job, ${kept}…, had a query, which is not kept`, {
    hint: "Give it again with --base-url.",
  });
}

function jobsDirectory(context: CliContext, settings: EvalSettings): string {
  return fromCwd(context, settings.dir ?? ".hud");
}

/** Steps and auto-respond: the flag, else the agent's own options, else the file's [eval], else what --full means. */
function stepOptions(flags: EvalFlags, settings: EvalSettings, own: JsonObject): JsonObject {
  const full = settings.full === true;
  const maxSteps = flags.maxSteps ?? own["maxSteps"] ?? settings.maxSteps ?? (full ? FULL_MAX_STEPS : undefined);
  const autoRespond = own["autoRespond"] ?? settings.autoRespond ?? (full ? true : undefined);
  return {
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...(autoRespond === undefined ? {} : { autoRespond }),
  };
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
