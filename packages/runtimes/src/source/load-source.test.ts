import { SdkError } from "@hud-ts/core/adapter";
import { expect, test } from "vitest";
import { project } from "../__fixtures__/project.ts";
import { loadSource } from "./load-source.ts";
import { resolveTarget } from "./resolve-target.ts";

const ENV = `
  import { Environment } from "@hud-ts/core";
  export const env = new Environment({ name: "count" });
  export const count = env.template({ id: "letters", solution: () => "6" })(async function* () {
    const answer = yield "How many letters has banana?";
    yield answer === "6";
  });
`;

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => "nothing",
    (thrown) => thrown,
  );
  return SdkError.is(error) ? `${error.code}: ${error.message}` : String(error);
}

test("a module's tasks, tasksets and arrays are found in the order of export names, each object once", async () => {
  await using home = await project({
    "env.ts": ENV,
    "tasks.ts": `
      import { Taskset } from "@hud-ts/core";
      import { count } from "./env.ts";
      export const c = count({}, { slug: "c" });
      export const b = [count({}, { slug: "b" }), c, "not a task"];
      export const a = new Taskset("inner", [count({}, { slug: "a2" }), count({}, { slug: "a1" })]);
      export const count2 = count;
    `,
  });
  const source = await loadSource(home.at("tasks.ts"));
  expect(source).toMatchObject({ kind: "module", path: home.at("tasks.ts"), directory: home.directory });
  expect(source.tasks.name).toBe("tasks");
  expect([...source.tasks].map((task) => task.slug)).toEqual(["a2", "a1", "b", "c"]);
  expect(source.environments.map((environment) => environment.name)).toEqual(["count"]);
  expect(source.exported.size).toBe(0);
  expect(source.files).toEqual([home.at("env.ts"), home.at("tasks.ts")]);
});

test("the solution of a row's template, the environment of its name, and the source's root", async () => {
  await using home = await project({ "env.ts": `${ENV}\nexport const task = count();` });
  const source = await loadSource(home.at("env.ts"));
  const [task] = source.tasks;
  if (task === undefined) throw new Error("no task");
  expect(source.solutionFor(task)).toBeTypeOf("function");
  expect(source.solutionFor({ env: "other", id: "letters", args: {}, slug: "x" })).toBeUndefined();
  expect(source.solutionFor({ env: "count", id: "other", args: {}, slug: "x" })).toBeUndefined();
  expect(source.environmentFor("count")?.root).toBe(home.directory);
  expect(source.environmentFor("other")).toBeUndefined();
});

test("a directory's modules are loaded by name, without tests, configurations, declarations and what lies deeper", async () => {
  const broken = "throw new Error('must not be loaded');";
  await using home = await project({
    "b-env.ts": `${ENV}\nexport const first = count({}, { slug: "from-env" });`,
    "c-tasks.js":
      'import { count, first } from "./b-env"; export const all = [count({}, { slug: "from-tasks" }), first];',
    "a.test.ts": broken,
    "a.spec.js": broken,
    "a.test-d.ts": broken,
    "vitest.config.ts": broken,
    "types.d.ts": broken,
    "deeper/x.ts": broken,
    "notes.txt": "text",
  });
  const source = await loadSource(home.directory);
  expect(source.kind).toBe("directory");
  expect(home.directory.endsWith(source.tasks.name)).toBe(true);
  expect([...source.tasks].map((task) => task.slug)).toEqual(["from-env", "from-tasks"]);
  await home.write({ "d.ts": broken });
  expect(await codeOf(loadSource(home.directory))).toMatch(/^SOURCE_LOAD_FAILED: d\.ts:1:\d+: must not be loaded/);
});

test("rows load from JSON and JSONL", async () => {
  const row = { env: "count", id: "letters", args: { n: 1 }, slug: "one" };
  await using home = await project({
    "rows.json": JSON.stringify([row]),
    "rows.jsonl": `${JSON.stringify(row)}\n`,
    "bad.json": '[{"env": ""}]',
  });
  for (const name of ["rows.json", "rows.jsonl"]) {
    const source = await loadSource(home.at(name));
    expect(source).toMatchObject({ kind: "data", environments: [], files: [home.at(name)] });
    expect([...source.tasks].map((task) => task.slug)).toEqual(["one"]);
  }
  expect(await codeOf(loadSource(home.at("bad.json")))).toMatch(/^INVALID_TASK_ROW: /);
});

test("the hash follows the user's own files, wherever they lie, and no package", async () => {
  const files = {
    "env.ts": 'import { x } from "pkg"; import { y } from "./y.ts"; export const z = [x, y];',
    "y.ts": "export const y = 1;",
    "node_modules/pkg/package.json": '{"name":"pkg","type":"module","main":"index.js"}',
    "node_modules/pkg/index.js": "export const x = 1;",
  };
  await using here = await project(files);
  await using there = await project(files);
  const { hash } = await loadSource(here.at("env.ts"));
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect((await loadSource(there.at("env.ts"))).hash).toBe(hash);
  await there.write({ "node_modules/pkg/index.js": "export const x = 2;" });
  expect((await loadSource(there.at("env.ts"))).hash).toBe(hash);
  await there.write({ "y.ts": "export const y = 2;" });
  expect((await loadSource(there.at("env.ts"))).hash).not.toBe(hash);
});

test("what cannot be a source is refused by name", async () => {
  await using home = await project({ "notes.txt": "", "empty/readme.md": "" });
  expect(await codeOf(loadSource(home.at("absent.ts")))).toContain("SOURCE_NOT_FOUND: no such source");
  expect(await codeOf(loadSource(home.at("empty")))).toContain("SOURCE_NOT_FOUND: no .ts or .js file directly in");
  expect(await codeOf(loadSource(home.at("notes.txt")))).toContain("INVALID_OPTION: unsupported source");
});

test("two environments of one name, and two tasks of one slug, are refused", async () => {
  await using home = await project({
    "same.ts": `${ENV}\nexport const again = new Environment({ name: "count" });`,
    "twice.ts": `${ENV}\nexport const a = count();\nexport const b = count();`,
  });
  expect(await codeOf(loadSource(home.at("same.ts")))).toContain("two environments of the source are named 'count'");
  expect(await codeOf(loadSource(home.at("twice.ts")))).toMatch(/^DUPLICATE_SLUG: /);
});

test("an error of ours at load keeps its text and hint, and gets a place", async () => {
  await using home = await project({
    "env.ts": 'import { Environment } from "@hud-ts/core";\nexport const env = new Environment({ name: "" });',
  });
  expect(await codeOf(loadSource(home.at("env.ts")))).toMatch(/^SOURCE_LOAD_FAILED: env\.ts:2:\d+: .*non-empty/);
});

test("a target is a source, and a name where it has several environments", async () => {
  await using home = await project({
    "env.ts": ENV,
    "two.ts": `${ENV}\nexport const second = new Environment({ name: "other" });`,
    "none.ts": "export const x = 1;",
    "bound.ts": 'import { count } from "./env.ts"; export const task = count();',
  });
  const nameOf = async (target: string) => (await resolveTarget(home.at(target))).environment.name;
  expect(await nameOf("env")).toBe("count");
  expect(await nameOf("env.ts")).toBe("count");
  expect(await nameOf("bound")).toBe("count");
  expect(await nameOf("two:second")).toBe("other");
  expect(await nameOf("two.ts:count")).toBe("count");
  expect(await codeOf(resolveTarget(home.at("two")))).toContain("INVALID_OPTION: 2 environments");
  expect(await codeOf(resolveTarget(home.at("two:third")))).toContain(
    "INVALID_OPTION: no environment is exported as 'third'",
  );
  expect(await codeOf(resolveTarget(home.at("none")))).toContain("INVALID_OPTION: no environment in");
  expect(await codeOf(resolveTarget(home.at("absent")))).toContain("SOURCE_NOT_FOUND: no such source");
});
