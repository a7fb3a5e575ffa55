import { basename, extname } from "node:path";
import { SdkError } from "../errors/sdk-error.ts";
import type { Job } from "../rollout/job.ts";
import type { AgentV1 } from "../spec/agent.ts";
import { hasBrand, TASKSET } from "./brand.ts";
import { type RunTasksOptions, runTasks } from "./run-tasks.ts";
import { isTask, type Task } from "./task.ts";
import { readTaskFile, writeTaskFile } from "./task-file.ts";

/** Which tasks of a taskset: their slugs, or a test. */
export type TaskChoice = readonly string[] | ((task: Task) => boolean);

/**
 * A named, ordered list of tasks, each with a slug of its own.
 *
 * ```ts
 * const tasks = new Taskset("sums", [add({ a: 2, b: 3 }), add({ a: 20, b: 22 }, { slug: "answer" })]);
 * const job = await tasks.run(agent, { group: 8 });
 * ```
 */
export class Taskset implements Iterable<Task> {
  readonly name: string;
  /** In order. */
  readonly tasks: readonly Task[];

  /** @throws DUPLICATE_SLUG, INVALID_TASK_ROW for what is no task */
  constructor(name: string, tasks: Iterable<Task>) {
    this.name = name;
    this.tasks = [...tasks];
    const stranger = this.tasks.findIndex((task) => !isTask(task));
    if (stranger !== -1) {
      throw new SdkError({
        code: "INVALID_TASK_ROW",
        message: `taskset '${name}': expected tasks, got ${typeof this.tasks[stranger]} at index ${stranger}`,
        hint: "call a template to mint a task, or make one with new Task({ env, id, args })",
      });
    }
    checkSlugs(this.tasks, { where: `taskset '${this.name}'` });
  }

  /**
   * Reads a taskset from a `.json` file (an array of rows, or one) or a `.jsonl` file (a row per line), named after the file.
   * Numbers keep their spelling for the derived slugs: `1` and `1.0` differ.
   *
   * @throws SOURCE_NOT_FOUND, INVALID_OPTION for another suffix, INVALID_TASK_ROW naming file and row, DUPLICATE_SLUG
   */
  static async fromFile(path: string): Promise<Taskset> {
    const tasks = await readTaskFile(path);
    checkSlugs(tasks, { where: basename(path), hint: 'Give each row a "slug" of its own.' });
    return new Taskset(basename(path, extname(path)), tasks);
  }

  /** How many tasks there are. */
  get size(): number {
    return this.tasks.length;
  }

  /** The task of a slug. */
  get(slug: string): Task | undefined {
    return this.tasks.find((task) => task.slug === slug);
  }

  /**
   * A taskset of the same name with the chosen tasks only, in the same order.
   *
   * @throws UNKNOWN_TASK for a slug that no task has
   */
  filter(choice: TaskChoice): Taskset {
    return new Taskset(this.name, this.tasks.filter(this.#test(choice)));
  }

  /**
   * A taskset of the same name without the chosen tasks.
   *
   * @throws UNKNOWN_TASK for a slug that no task has
   */
  exclude(choice: TaskChoice): Taskset {
    const chosen = this.#test(choice);
    return new Taskset(
      this.name,
      this.tasks.filter((task) => !chosen(task)),
    );
  }

  /**
   * Writes the rows to a `.json` or `.jsonl` file; missing directories are made.
   *
   * @throws INVALID_OPTION for another suffix, DUPLICATE_SLUG, STORAGE_FAILED
   */
  async toFile(path: string): Promise<void> {
    checkSlugs(this.tasks, { where: `taskset '${this.name}'` });
    await writeTaskFile(path, this.tasks);
  }

  /**
   * Runs an agent on every task as one job, in process against the environments that minted the rows unless `runtime` says
   * otherwise. Throws for wrong use only; what happens inside a rollout is its result.
   *
   * @throws INVALID_OPTION, DUPLICATE_SLUG, UNKNOWN_TEMPLATE, INVALID_TASK_ARGS
   */
  async run(agent: AgentV1, options: RunTasksOptions = {}): Promise<Job> {
    checkSlugs(this.tasks, { where: `taskset '${this.name}'` });
    return await runTasks(this.tasks, agent, { name: this.name, ...options });
  }

  [Symbol.iterator](): Iterator<Task> {
    return this.tasks[Symbol.iterator]();
  }

  get [TASKSET](): true {
    return true;
  }

  #test(choice: TaskChoice): (task: Task) => boolean {
    if (typeof choice === "function") return choice;
    const slugs = new Set(choice);
    const unknown = [...slugs].filter((slug) => this.get(slug) === undefined);
    if (unknown.length === 0) return (task) => slugs.has(task.slug);
    throw new SdkError({
      code: "UNKNOWN_TASK",
      message: `taskset '${this.name}' has no task ${unknown.map((slug) => `'${slug}'`).join(", ")}`,
      hint: `it has ${listed(this.tasks)}`,
    });
  }
}

/** Whether `value` is a taskset, also when another copy of this package made it. */
export function isTaskset(value: unknown): value is Taskset {
  return hasBrand(value, TASKSET);
}

const MOST_LISTED = 20;

function listed(tasks: readonly Task[]): string {
  if (tasks.length === 0) return "no tasks";
  const slugs = tasks.slice(0, MOST_LISTED).map(({ slug }) => `'${slug}'`);
  return tasks.length > MOST_LISTED ? `${slugs.join(", ")} and ${tasks.length - MOST_LISTED} more` : slugs.join(", ");
}

const OWN_SLUG = 'Give each a slug of its own, as in fixBug({ difficulty: 1 }, { slug: "first" }).';

/** Slugs can be assigned, so this is checked where they start to matter as well. */
function checkSlugs(tasks: readonly Task[], { where, hint = OWN_SLUG }: { where: string; hint?: string }): void {
  const rows = new Map<string, string[]>();
  for (const [index, { slug, env, id }] of tasks.entries()) {
    rows.set(slug, [...(rows.get(slug) ?? []), `row ${index + 1} of ${env}/${id}`]);
  }
  const duplicates = [...rows].filter(([, same]) => same.length > 1).sort(([a], [b]) => (a < b ? -1 : 1));
  if (duplicates.length === 0) return;
  const places = duplicates.map(([slug, same]) => `'${slug}' (${same.join(", ")})`);
  throw new SdkError({
    code: "DUPLICATE_SLUG",
    message: `${where}: duplicate task slugs: ${places.join("; ")}`,
    hint,
    details: { slugs: duplicates.map(([slug]) => slug) },
  });
}
