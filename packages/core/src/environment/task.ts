import type { Job } from "../rollout/job.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { RuntimeConfig, TaskRow } from "../spec/task-row.ts";
import type { JsonObject } from "../util/json-types.ts";
import { encodeTaskRow } from "../wire/codec/task-row.ts";
import { hasBrand, TASK } from "./brand.ts";
import type { ServedEnvironment } from "./definition.ts";
import { type RunTasksOptions, runTasks } from "./run-tasks.ts";
import { deriveSlug } from "./slug.ts";
import { checkColumns, checkRow, checkText } from "./task-check.ts";
import type { TaskInit } from "./task-init.ts";

/**
 * A task: a row that names an environment, a template of it and the template's arguments. Calling a template mints one.
 *
 * The arguments are copied and stay what the author gave; defaults are filled in when the task starts. They are checked by
 * value when the task is placed.
 */
export class Task implements TaskRow {
  readonly env: string;
  readonly id: string;
  readonly args: JsonObject;
  declare slug: string;
  readonly validation: readonly JsonObject[] | undefined;
  readonly agentConfig: JsonObject | undefined;
  declare columns: JsonObject | undefined;
  readonly runtimeConfig: RuntimeConfig | undefined;
  readonly verifier: Task | undefined;
  readonly #environment: ServedEnvironment | undefined;

  /**
   * @param environment the environment that minted it, where its `run` goes by default
   * @throws INVALID_TASK_ROW, INVALID_TASK_ARGS
   */
  constructor(init: TaskInit, environment?: ServedEnvironment) {
    const row = checkRow(init);
    this.env = row.env;
    this.id = row.id;
    this.args = row.args;
    this.validation = row.validation;
    this.agentConfig = row.agentConfig;
    this.runtimeConfig = row.runtimeConfig;
    this.verifier = row.verifier === undefined || isTask(row.verifier) ? row.verifier : new Task(row.verifier);
    this.#environment = environment;
    defineChecked(this, "slug", (slug: string) => checkText(slug, "slug"));
    defineChecked(this, "columns", checkColumns);
    this.slug = init.slug === undefined ? deriveSlug(row.id, row.args) : init.slug;
    this.columns = init.columns;
  }

  /** The environment that minted it; undefined for a row of a file. */
  get environment(): ServedEnvironment | undefined {
    return this.#environment;
  }

  /**
   * Runs an agent on it: a job of one task, in process against the environment that minted it unless `runtime` says otherwise.
   * Throws for wrong use only; what happens inside a rollout is its result.
   *
   * @throws INVALID_OPTION
   */
  async run(agent: AgentV1, options: RunTasksOptions = {}): Promise<Job> {
    return await runTasks([this], agent, options);
  }

  /** The row as files and peers have it: snake_case, without what is not set. */
  toJSON(): JsonObject {
    return encodeTaskRow(this);
  }

  get [TASK](): true {
    return true;
  }
}

/** Whether `value` is a task, also when another copy of this package made it. */
export function isTask(value: unknown): value is Task {
  return hasBrand(value, TASK);
}

/** An own, enumerable property, so that a spread or a structured clone of the row has it, which checks what is assigned. */
function defineChecked<TMember extends "slug" | "columns">(
  task: Task,
  member: TMember,
  check: (value: Task[TMember]) => Task[TMember],
): void {
  let current: Task[TMember] | undefined;
  Object.defineProperty(task, member, {
    enumerable: true,
    get: () => current,
    set(value: Task[TMember]) {
      current = check(value);
    },
  });
}
