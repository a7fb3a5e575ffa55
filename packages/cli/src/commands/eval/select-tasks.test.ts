import type { TaskRow } from "@hud-ts/core/spec";
import { expect, test } from "vitest";
import { oneTask, selectTasks } from "./select-tasks.ts";

const row = (slug: string, id: string): TaskRow => ({ env: "e", id, args: {}, slug });
const tasks = [row("a", "count"), row("b", "count"), row("count", "other"), row("7", "seven")];

test("takes all, the first, or the named ones in the source's order", () => {
  expect(selectTasks(tasks, {})).toEqual(tasks);
  expect(selectTasks(tasks, { first: true })).toEqual([tasks[0]]);
  expect(selectTasks(tasks, { taskIds: ["7", "a", "a"] })).toEqual([tasks[0], tasks[3]]);
});

test("a slug goes before a template id, which goes before an index", () => {
  expect(oneTask(tasks, "count")).toBe(tasks[2]);
  expect(oneTask(tasks, "seven")).toBe(tasks[3]);
  expect(oneTask(tasks, "7")).toBe(tasks[3]);
  expect(oneTask(tasks, "1")).toBe(tasks[1]);
});

test("says which tasks a word could mean, and which there are", () => {
  const twins = [row("a", "count"), row("b", "count")];
  expect(() => oneTask(twins, "count")).toThrow("ambiguous task 'count': a, b");
  expect(() => oneTask(tasks, "9")).toThrow("no task '9' among 4");
  expect(() => selectTasks(tasks, { taskIds: ["zzz"] })).toThrow("no task 'zzz'");
  expect(() => selectTasks([], {})).toThrow("the source has no tasks");
});
