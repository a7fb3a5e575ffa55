import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Task } from "./task.ts";
import { isTaskset, Taskset } from "./taskset.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hud-taskset-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const task = (slug: string, id = "i") => new Task({ env: "e", id, slug });
const abc = new Taskset(
  "letters",
  ["a", "b", "c"].map((slug) => task(slug)),
);
const slugs = (tasks: Iterable<Task>) => Array.from(tasks, ({ slug }) => slug);

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

describe("a taskset", () => {
  test("keeps order and finds by slug", () => {
    expect(slugs(abc)).toEqual(["a", "b", "c"]);
    expect([abc.size, abc.get("b")?.slug, abc.get("x")]).toEqual([3, "b", undefined]);
    expect([isTaskset(abc), isTaskset([])]).toEqual([true, false]);
  });

  test("filters and excludes, in its own order and under its own name", () => {
    expect(slugs(abc.filter(["c", "a"]))).toEqual(["a", "c"]);
    expect(slugs(abc.exclude(["c", "a"]))).toEqual(["b"]);
    expect(slugs(abc.filter(({ slug }) => slug > "a"))).toEqual(["b", "c"]);
    expect(slugs(abc.exclude(() => true))).toEqual([]);
    expect(abc.filter([]).name).toBe("letters");
    expect(() => abc.filter(["a", "x", "y"])).toThrow("taskset 'letters' has no task 'x', 'y'");
    expect(() => abc.exclude(["x"])).toThrow(
      expect.objectContaining({ code: "UNKNOWN_TASK", hint: "it has 'a', 'b', 'c'" }),
    );
  });

  test("names every row of a slug that is not unique", async () => {
    const once = task("b", "one");
    const rows = [task("z", "1"), once, task("z", "2"), once, task("a", "3")];
    expect(() => new Taskset("t", rows)).toThrow(
      "taskset 't': duplicate task slugs: 'b' (row 2 of e/one, row 4 of e/one); 'z' (row 1 of e/1, row 3 of e/2)",
    );
    const assigned = new Taskset("t", [task("a"), task("b")]);
    for (const row of assigned) row.slug = "same";
    await expect(assigned.toFile(join(directory, "never.json"))).rejects.toMatchObject({ code: "DUPLICATE_SLUG" });
  });

  test("takes tasks only", () => {
    // @ts-expect-error what a JavaScript author can write
    expect(() => new Taskset("t", [task("a"), "b"])).toThrow("taskset 't': expected tasks, got string at index 1");
  });

  test("of rows that no environment minted needs a placement", async () => {
    const agent = { specVersion: "agent/1", name: "none", run: async () => {} } as const;
    await expect(abc.run(agent, { dir: null })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringMatching(/^no placement: /),
      hint: expect.stringContaining("inProcess(env)"),
    });
  });
});

describe("files", () => {
  test("number tokens count for the slug", async () => {
    const path = await file(
      "numbers.jsonl",
      '{"env":"e","id":"t","args":{"x":1.0}}\r\n\n{"env":"e","id":"t","args":{"x":1},"verifier":{"env":"e","id":"v","args":{"x":1.0}}}\n',
    );
    const tasks = await Taskset.fromFile(path);
    expect(tasks.name).toBe("numbers");
    expect(slugs(tasks)).toEqual(["t-eeff7c66", "t-c8b0bcdb"]);
    expect(tasks.get("t-c8b0bcdb")?.verifier?.slug).toBe("v-eeff7c66");
  });

  test("a .json file holds one row or many; members nobody knows are ignored", async () => {
    const one = await file("one.json", '\ufeff{"env": "e", "id": "i", "note": "mine", "columns": null}');
    expect((await Taskset.fromFile(one)).tasks).toHaveLength(1);
    const many = await file("many.json", '[{"env":"e","id":"i"},{"env":"e","id":"j"}]');
    expect(slugs(await Taskset.fromFile(many))).toEqual(["i", "j"]);
  });

  test("lines end at a newline, not at the separators inside a string", async () => {
    const path = await file("separators.jsonl", '{"env":"e","id":"i","args":{"s":"a\u2028b\u0085c"},"slug":"s"}');
    expect((await Taskset.fromFile(path)).get("s")?.args).toEqual({ s: "a\u2028b\u0085c" });
  });

  test.each([".json", ".jsonl"])("come back from %s as they were", async (suffix) => {
    const rows = new Taskset("x", [
      new Task({ env: "e", id: "i", args: { text: "é\u2028😀", n: [1.5, 1e21, -0.001, 12] }, columns: { hard: true } }),
      new Task({ env: "e", id: "v", runtimeConfig: { image: "i", resources: null }, verifier: task("check") }),
    ]);
    const path = join(directory, "new", "folder", `rows${suffix}`);
    await rows.toFile(path);
    expect(JSON.stringify((await Taskset.fromFile(path)).tasks)).toBe(JSON.stringify(rows.tasks));
  });

  test("are written in the reference's layout", async () => {
    const rows = new Taskset("x", [new Task({ env: "e", id: "i", args: { t: "é\u2028" }, slug: "s" })]);
    await rows.toFile(join(directory, "layout.jsonl"));
    await rows.toFile(join(directory, "layout.json"));
    expect(await readFile(join(directory, "layout.jsonl"), "utf8")).toBe(
      '{"env": "e", "id": "i", "args": {"t": "\\u00e9\\u2028"}, "slug": "s"}\n',
    );
    expect(await readFile(join(directory, "layout.json"), "utf8")).toBe(`${JSON.stringify(rows.tasks, null, 2)}\n`);
  });

  test("paths of a Compose project are relative to their file", async () => {
    const row = '[{"env":"e","id":"i","runtime_config":{"compose":{"document":"stack/compose.yaml","root":"stack"}}}]';
    const tasks = await Taskset.fromFile(await file("compose.json", row));
    expect(tasks.tasks[0]?.runtimeConfig?.compose).toEqual({
      document: join(directory, "stack/compose.yaml"),
      root: join(directory, "stack"),
    });
    await tasks.toFile(join(directory, "elsewhere", "compose.jsonl"));
    expect(await readFile(join(directory, "elsewhere", "compose.jsonl"), "utf8")).toContain(
      '"compose": {"document": "../stack/compose.yaml", "root": "../stack"}',
    );
  });
});

describe("a broken file names file and row", () => {
  test.each([
    ["syntax.json", '[{"env":"e",\n"id" "i"}]', "syntax.json:2:6: expected ':'"],
    ["syntax.jsonl", '{"env":"e","id":"i"}\n{"env":', "syntax.jsonl:2:8: unexpected end"],
    ["text.json", '[{"env":"e","id":"i"}, "row"]', 'text.json: row 2: expected an object, got "row"'],
    ["number.jsonl", "5", "number.jsonl: line 1: expected an object, got 5"],
    ["member.jsonl", '\n{"env":"e"}', "member.jsonl: line 2: id: expected a string, got nothing"],
    [
      "big.json",
      '{"env":"e","id":"i","args":{"seeds":[1,12345678901234567890]}}',
      "big.json: row 1: args hold the integer 12345678901234567890",
    ],
    ["slug.json", '{"env":"e","id":"i","slug":""}', "slug.json: row 1: slug: "],
    ["null.json", '{"env":"e","id":"i","args":null}', "null.json: row 1: args: expected an object, got null"],
    [
      "typo.json",
      '{"env":"e","id":"i","runtime_config":{"imgae":"x"}}',
      "typo.json: row 1: runtime_config: unknown 'imgae'",
    ],
    [
      "nested.json",
      '{"env":"e","id":"i","verifier":{"env":"e","id":"v","verifier":{"env":"e","id":"w"}}}',
      "nested.json: row 1: verifier.verifier: ",
    ],
  ])("%s", async (name, content, message) => {
    const path = await file(name, content);
    await expect(Taskset.fromFile(path)).rejects.toMatchObject({
      code: "INVALID_TASK_ROW",
      message: expect.stringContaining(message),
    });
  });

  test("when the file says what JSON does not", async () => {
    const path = await file("nan.json", '{"env":"e","id":"i","args":{"n":[NaN]}}');
    await expect(Taskset.fromFile(path)).rejects.toMatchObject({
      code: "INVALID_TASK_ARGS",
      message: "nan.json: row 1: task 'i': args.n[0]: expected a finite number, got NaN",
    });
  });

  test("or says that there is none, or none that it reads", async () => {
    const missing = join(directory, "missing.json");
    await expect(Taskset.fromFile(missing)).rejects.toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message: `no such file: ${missing}`,
    });
    await expect(Taskset.fromFile("tasks.yaml")).rejects.toThrow("unsupported taskset source: tasks.yaml");
    await expect(abc.toFile("tasks.csv")).rejects.toThrow(
      "unsupported taskset export format: .csv; use .json or .jsonl",
    );
    await expect(abc.toFile(join(directory, "layout.json", "x.json"))).rejects.toMatchObject({
      code: "STORAGE_FAILED",
    });
    await expect(
      Taskset.fromFile(await file("twice.jsonl", '{"env":"e","id":"i"}\n{"env":"e","id":"i"}')),
    ).rejects.toMatchObject({
      code: "DUPLICATE_SLUG",
      message: "twice.jsonl: duplicate task slugs: 'i' (row 1 of e/i, row 2 of e/i)",
    });
  });
});
