import { availableParallelism } from "node:os";
import type { RuntimeV1 } from "@hud-ts/core/spec";
import type { LoadedSource } from "@hud-ts/runtimes/source";
import type { CliContext } from "../../context.ts";
import { type IsolationPolicy, imposeIsolation } from "../../isolation.ts";
import { usageError } from "../../output/failure.ts";
import { isControlUrl, remoteRuntime } from "../../remote-environment.ts";
import type { Keys } from "../../settings/keys.ts";
import { nameHint } from "../../settings/nearest.ts";

const NAMES = ["process", "local"];
const MOST_CONCURRENT = 30;
const CONCURRENT_PER_CORE = 4;

/** Where the rollouts of a job run, and how many at once unless the user says so. */
export interface Placement {
  readonly name: string;
  readonly runtime: RuntimeV1;
  readonly maxConcurrent: number;
}

/** What a placement is chosen by. */
export interface PlacementOptions {
  /** `process`, `local`, or a control url. */
  readonly runtime: string;
  /** What declares the environments. */
  readonly source: LoadedSource;
  readonly keys: Keys;
  /** What the environments do where this machine has no sandbox. */
  readonly isolation: IsolationPolicy;
  /** Processes kept started ahead. @default one per core, and not more than rollouts follow */
  readonly spare: number | undefined;
  /** Rollouts of the job. */
  readonly rollouts: number;
  readonly tokenFile: string | undefined;
  /** Shows what the environments print. */
  readonly verbose?: boolean | undefined;
}

/** Refuses what is no placement, before anything is loaded for it. */
export function checkRuntime(runtime: string): void {
  if (NAMES.includes(runtime) || isControlUrl(runtime)) return;
  throw usageError(`unknown runtime '${runtime}'`, {
    input: runtime,
    hint: nameHint(runtime, [...NAMES, "tcp://host:port", "unix://path"]),
  });
}

/** The placement that `--runtime` names. */
export async function choosePlacement(context: CliContext, options: PlacementOptions): Promise<Placement> {
  const { runtime: name, source } = options;
  if (isControlUrl(name)) {
    const runtime = await remoteRuntime(context, { url: name, tokenFile: options.tokenFile });
    return { name, runtime, maxConcurrent: MOST_CONCURRENT };
  }
  if (name === "local") {
    imposeIsolation(options.isolation);
    const { inProcess } = await import("@hud-ts/core");
    return { name, runtime: inProcess(source.environments), maxConcurrent: MOST_CONCURRENT };
  }
  const { childProcess } = await import("@hud-ts/runtimes/child-process");
  return {
    name,
    runtime: childProcess({
      source: source.path,
      env: { ...options.keys.fromFiles, HUD_ISOLATION: options.isolation },
      verbose: options.verbose,
      spare: options.spare ?? Math.min(availableParallelism(), options.rollouts),
    }),
    maxConcurrent: Math.min(MOST_CONCURRENT, availableParallelism() * CONCURRENT_PER_CORE),
  };
}
