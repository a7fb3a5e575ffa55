import { SdkError } from "@hud-ts/core/adapter";
import type { TaskRow } from "@hud-ts/core/spec";
import { usageError } from "../../output/failure.ts";
import { nameHint } from "../../settings/nearest.ts";

/** Which tasks of a source are meant. */
export interface TaskSelection {
  /** Slugs, template ids or 0-based indices. */
  readonly taskIds?: readonly string[] | undefined;
  readonly first?: boolean;
  /** What an empty source is called. */
  readonly source?: string;
}

/** The meant rows, in the source's order. An empty source is a mistake here. */
export function selectTasks<T extends TaskRow>(tasks: readonly T[], selection: TaskSelection): readonly T[] {
  if (tasks.length === 0) {
    throw usageError(`${selection.source ?? "the source"} has no tasks`, {
      hint: "A module exports them, as a Taskset or as single tasks; a .json or .jsonl file has rows.",
    });
  }
  if (selection.taskIds !== undefined) {
    const chosen = new Set(selection.taskIds.flatMap((word) => tasksNamed(tasks, word)));
    return tasks.filter((task) => chosen.has(task));
  }
  return selection.first === true ? tasks.slice(0, 1) : tasks;
}

/** The one task that `word` names; an exact slug wins over a template id or an index. */
export function oneTask<T extends TaskRow>(tasks: readonly T[], word: string): T {
  const [task, ...others] = tasksNamed(tasks, word);
  if (task !== undefined && others.length === 0) return task;
  const slugs = [task, ...others].map((row) => row?.slug).join(", ");
  throw usageError(`ambiguous task '${word}': ${slugs}`, { input: word, hint: "Name one by its slug." });
}

function tasksNamed<T extends TaskRow>(tasks: readonly T[], word: string): readonly T[] {
  const bySlug = tasks.filter((task) => task.slug === word);
  if (bySlug.length > 0) return bySlug;
  const byId = tasks.filter((task) => task.id === word);
  if (byId.length > 0) return byId;
  const byIndex = /^\d+$/.test(word) ? tasks[Number(word)] : undefined;
  if (byIndex !== undefined) return [byIndex];
  const slugs = tasks.map((task) => task.slug);
  throw new SdkError({
    code: "UNKNOWN_TASK",
    message: `no task '${word}' among ${tasks.length}`,
    hint: slugs.length > 20 ? "See `hud task list`." : nameHint(word, slugs),
    details: { input: word },
  });
}
