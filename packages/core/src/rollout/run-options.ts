import { SdkError } from "../errors/sdk-error.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { type Clock, systemClock } from "../util/clock.ts";
import type { JsonObject } from "../util/json-types.ts";
import { type LimitOptions, resolveLimits } from "./deadlines.ts";
import type { JobEvent } from "./job.ts";
import type { JobSource } from "./journal/job-record.ts";
import type { RuntimeChoice } from "./options.ts";

// What the reference's command line uses; its library has no limit at all, which is how a laptop ends up with a thousand containers.
const DEFAULT_CONCURRENT = 30;
const DEFAULT_RETRIES = 2;
const DEFAULT_BREAK_AFTER = 10;
const KEEP_STEPS_UP_TO = 64;

/** How a job runs. */
export interface RunOptions extends LimitOptions {
  readonly runtime: RuntimeChoice;
  /** Repeats per task, ≥ 1. @default 1, or the resumed job's */
  readonly group?: number | undefined;
  /** Most rollouts at once, ≥ 1. @default 30 */
  readonly maxConcurrent?: number | undefined;
  /** Fresh attempts after infrastructure failures that may pass, ≥ 0. @default 2 */
  readonly retries?: number | undefined;
  /** Place nothing more once this many rollouts in a row ended in an infrastructure failure, their retries spent. Infinity: never. @default 10 */
  readonly breakAfter?: number | undefined;
  /** Directory for journal and traces, relative to the working directory; null keeps nothing. @default ".hud" */
  readonly dir?: string | null | undefined;
  /** Id of a job in `dir` to finish: results that stand are kept, the rest runs. */
  readonly resume?: string | undefined;
  /** Resume although the source or the rows changed since. @default false */
  readonly allowChanged?: boolean | undefined;
  /** Name of the set of tasks. @default "taskset" */
  readonly name?: string | undefined;
  /** Where the tasks came from. */
  readonly source?: JobSource | undefined;
  /** Sync the journal to the device before a run counts as kept, so that it survives a power cut too. @default false */
  readonly durable?: boolean | undefined;
  /** @default "exclude" */
  readonly agentFailure?: "exclude" | "zero" | undefined;
  /** Reward from which a run counts as passed. @default 1 */
  readonly passAt?: number | undefined;
  /**
   * Whether results keep their steps in memory. Without, `trace.steps` of a finished run is empty and `readTrace` reads them from disk.
   *
   * @default true for a job of up to 64 rollouts or one without a journal, else false
   */
  readonly keepSteps?: boolean | undefined;
  /** @default a fresh one, or the resumed job's */
  readonly jobId?: string | undefined;
  /** Kept in `job.json` for the caller; no secrets. */
  readonly recordConfig?: JsonObject | undefined;
  readonly onEvent?: ((event: JobEvent) => void) | undefined;
  /** Where time comes from. @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** Ends the job: running rollouts are cancelled and torn down, nothing more is placed, the job is returned as far as it got. */
  readonly signal?: AbortSignal | undefined;
}

/** Options with every default filled in. */
export interface ResolvedRunOptions extends RunOptions {
  readonly maxConcurrent: number;
  readonly retries: number;
  readonly breakAfter: number;
  readonly dir: string | null;
  readonly clock: Clock;
}

/**
 * Fills in defaults and refuses what cannot run, before anything does.
 *
 * @throws INVALID_OPTION, INVALID_TASK_ROW, DUPLICATE_SLUG
 */
export function resolveRunOptions(tasks: readonly TaskRow[], agent: AgentV1, options: RunOptions): ResolvedRunOptions {
  const resolved = {
    ...options,
    maxConcurrent: options.maxConcurrent ?? DEFAULT_CONCURRENT,
    retries: options.retries ?? DEFAULT_RETRIES,
    breakAfter: options.breakAfter ?? DEFAULT_BREAK_AFTER,
    dir: options.dir === undefined ? ".hud" : options.dir,
    clock: options.clock ?? systemClock,
  };
  if (!(resolved.maxConcurrent >= 1)) throw invalid("max_concurrent must be >= 1");
  if (options.group !== undefined && !(Number.isInteger(options.group) && options.group >= 1)) {
    throw invalid("group must be >= 1");
  }
  if (!(resolved.retries >= 0)) throw invalid(`retries must be >= 0, got ${resolved.retries}`);
  if (!(resolved.breakAfter >= 1)) throw invalid(`breakAfter must be >= 1, got ${resolved.breakAfter}`);
  if (options.resume !== undefined && resolved.dir === null) {
    throw invalid("a job can only be resumed from a directory, got dir: null");
  }
  checkSlugs(tasks);
  for (const task of tasks) resolveLimits(task, agent, options);
  return resolved;
}

/** Whether results keep their steps in memory. */
export function keepsSteps(options: ResolvedRunOptions, total: number): boolean {
  return options.keepSteps ?? (options.dir === null || total <= KEEP_STEPS_UP_TO);
}

function checkSlugs(tasks: readonly TaskRow[]): void {
  const seen = new Set<string>();
  for (const { slug, env, id } of tasks) {
    if (seen.has(slug)) {
      throw new SdkError({
        code: "DUPLICATE_SLUG",
        message: `two tasks of the job have the slug '${slug}' (the second is ${env}/${id})`,
        hint: "give each row its own slug",
      });
    }
    seen.add(slug);
  }
}

function invalid(message: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message });
}
