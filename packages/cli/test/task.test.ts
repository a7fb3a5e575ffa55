import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DOUBLES, documentOf, hud, project } from "./hud.ts";

test("tasks of a source are listed, started and graded without a server", async () => {
  await using here = await project(DOUBLES);
  const cwd = here.path;
  const list = ["task", "list", "-s", "tasks.ts"];
  expect((await hud(list, { cwd })).stdout).toBe('double-1\tdouble {"n":1}\ndouble-2\tdouble {"n":2}\n');
  expect((await hud([...list, "-q"], { cwd })).stdout).toBe("double-1\ndouble-2\n");
  expect(documentOf(await hud([...list, "--json"], { cwd }))).toEqual([
    { slug: "double-1", id: "double", args: { n: 1 } },
    { slug: "double-2", id: "double", args: { n: 2 } },
  ]);
  expect(await hud(["task", "start", "double-2"], { cwd })).toMatchObject({ code: 0, stdout: "Twice 2?\n" });
  await writeFile(join(cwd, "answer.txt"), "4");
  const grade = ["task", "grade", "1", "--answer-file", "answer.txt"];
  expect(await hud(grade, { cwd })).toMatchObject({ code: 0, stdout: "1\n" });
  expect(await hud(["task", "grade", "double-1", "--args", '{"n":3}', "--answer", "6"], { cwd })).toMatchObject({
    stdout: "1\n",
  });
});

test("a word that names several tasks, or none, or no address", async () => {
  await using here = await project(DOUBLES);
  const cwd = here.path;
  const error = async (...args: string[]) => {
    const done = await hud(["task", "start", ...args, "--json"], { cwd });
    return { code: done.code, ...documentOf<object>(done) };
  };
  expect(await error("double")).toMatchObject({ code: 2, message: "ambiguous task 'double': double-1, double-2" });
  expect(await error("double-3")).toMatchObject({
    code: 1,
    error: "not_found",
    suggestion: "Did you mean 'double-1'?",
  });
  expect(await error("double-1", "--url", "localhost:8765")).toMatchObject({ code: 2, input: "localhost:8765" });
});

test("a source shows what it declares", async () => {
  await using here = await project(DOUBLES);
  const info = await hud(["info", "."], { cwd: here.path });
  expect(info.stdout).toMatch(/double +n: number +text +Double a number\./);
  expect(documentOf(await hud(["info", ".", "--json"], { cwd: here.path }))).toMatchObject({
    environments: [{ name: "doubles", templates: [{ id: "double", args: { additionalProperties: false } }] }],
    task_count: 2,
  });
});
