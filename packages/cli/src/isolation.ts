import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import type { LoadedSource } from "@hud-ts/runtimes/source";
import { type CliContext, fromCwd } from "./context.ts";
import { ask } from "./output/ask.ts";
import { usageError } from "./output/failure.ts";
import { nameHint } from "./settings/nearest.ts";

const ISOLATION_POLICIES = ["required", "auto", "none"] as const;

/** What to do where this machine has no sandbox. */
export type IsolationPolicy = (typeof ISOLATION_POLICIES)[number];

/** The policy of that name. */
export function isolationPolicy(name: string): IsolationPolicy {
  const policy = ISOLATION_POLICIES.find((it) => it === name);
  if (policy !== undefined) return policy;
  throw usageError(`unknown isolation '${name}'`, { input: name, hint: nameHint(name, [...ISOLATION_POLICIES]) });
}

/** Holds environments of this very process to a policy; one in a child process gets it with its own environment. */
export function imposeIsolation(policy: IsolationPolicy): void {
  process.env["HUD_ISOLATION"] = policy;
}

interface Situation {
  /** Said on the command line or in the file. */
  readonly asked: IsolationPolicy | undefined;
  /** A model's agent is a stranger; the others run the author's own code. */
  readonly usesModel: boolean;
  readonly source: LoadedSource;
}

/**
 * The policy that placed environments are held to: what was asked, else what was answered before, else by the agent.
 * Where a model's agent would have no sandbox, a person at a terminal is asked once.
 *
 * @throws ISOLATION_UNAVAILABLE where it is required, there is none, and nobody gave it up
 */
export async function settleIsolation(context: CliContext, situation: Situation): Promise<IsolationPolicy> {
  if (situation.asked !== undefined) return situation.asked;
  if (!situation.usesModel) return "auto";
  // Only an environment that brings up services has programs to isolate.
  if (!situation.source.environments.some((environment) => environment.exclusive)) return "required";
  const kept = await keptAnswer(context);
  if (kept !== undefined) return kept;
  const { probeIsolation } = await import("@hud-ts/capabilities/sandbox");
  try {
    await probeIsolation("required");
    return "required";
  } catch (error) {
    if (!context.interactive || !SdkError.is(error, "ISOLATION_UNAVAILABLE")) throw error;
    return await askOnce(context, error);
  }
}

async function askOnce(context: CliContext, error: SdkError): Promise<IsolationPolicy> {
  context.output.note(`${error.message}\n${error.hint ?? ""}`);
  const givenUp = await ask(context, ({ confirm }, streams) =>
    confirm({
      ...streams,
      message: "Run the agent's programs on this machine without a sandbox?",
      initialValue: false,
    }),
  );
  if (!givenUp) throw error;
  await keepAnswer(context, "none");
  return "none";
}

const CONFIG = ".hud/config.json";

async function keptAnswer(context: CliContext): Promise<IsolationPolicy | undefined> {
  const { isolation } = await readConfig(context);
  return typeof isolation === "string" ? isolationPolicy(isolation) : undefined;
}

async function keepAnswer(context: CliContext, isolation: IsolationPolicy): Promise<void> {
  const path = fromCwd(context, CONFIG);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify({ ...(await readConfig(context)), isolation }, null, 2)}\n`, { mode: 0o600 });
  context.output.note(`Kept in ${CONFIG}; --isolation decides otherwise.`);
}

async function readConfig(context: CliContext): Promise<Record<string, unknown>> {
  const path = fromCwd(context, CONFIG);
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw usageError(`cannot read ${CONFIG}`, { input: path, hint: "Mend it, or remove it." });
  }
}
