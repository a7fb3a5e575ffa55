import { SdkError } from "../errors/sdk-error.ts";
import type { Job } from "../rollout/job.ts";
import { runJob } from "../rollout/run-job.ts";
import type { RunOptions } from "../rollout/run-options.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { RuntimeV1 } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import type { ServedEnvironment } from "./definition.ts";
import { inProcess } from "./in-process.ts";

/** How tasks are run. */
export interface RunTasksOptions extends Omit<RunOptions, "runtime"> {
  /** Where the rows' environments run. @default in process, against the environments that minted the rows */
  readonly runtime?: RunOptions["runtime"] | undefined;
}

/** A row that knows the environment that minted it. */
interface MintedRow extends TaskRow {
  readonly environment: ServedEnvironment | undefined;
  readonly verifier?: MintedRow | undefined;
}

/** Runs an agent on tasks as one job. */
export async function runTasks(tasks: readonly MintedRow[], agent: AgentV1, options: RunTasksOptions): Promise<Job> {
  return await runJob(tasks, agent, { ...options, runtime: options.runtime ?? mintingPlacement(tasks) });
}

/** In process, one placement per environment: one that runs one task at a time does not hold up the others. */
function mintingPlacement(tasks: readonly MintedRow[]): (row: TaskRow) => RuntimeV1 {
  const runtimes = new Map<ServedEnvironment, RuntimeV1>();
  const runtimeOf = (environment: ServedEnvironment): RuntimeV1 => {
    const runtime = runtimes.get(environment) ?? inProcess(environment);
    runtimes.set(environment, runtime);
    return runtime;
  };
  const placements = new Map<TaskRow, RuntimeV1>();
  for (const task of tasks) {
    const environment = task.environment;
    if (environment === undefined) throw noPlacement(task);
    placements.set(task, runtimeOf(environment));
    const { verifier } = task;
    if (verifier === undefined) continue;
    const beside = verifier.environment ?? (verifier.env === task.env ? environment : undefined);
    if (beside === undefined) throw noPlacement(verifier);
    placements.set(verifier, runtimeOf(beside));
  }
  return (row) => {
    const runtime = placements.get(row);
    if (runtime === undefined) throw noPlacement(row);
    return runtime;
  };
}

/** Says that nothing can place the row, and what could. */
export function noPlacement(row: TaskRow): SdkError {
  return new SdkError({
    code: "INVALID_OPTION",
    message: `no placement: task '${row.slug}' was not minted by an environment of this program`,
    hint: "pass runtime: inProcess(env) with its environment, childProcess({ source }), remote(url) or docker(image)",
  });
}
