import { describe, expect, test } from "vitest";
import { isTask, Task } from "./task.ts";
import type { TaskInit } from "./task-init.ts";

test("a row dumps compactly, in the reference's order and casing", () => {
  expect(JSON.stringify(new Task({ env: "e", id: "i" }))).toBe('{"env":"e","id":"i","args":{},"slug":"i"}');
  const full = new Task({
    verifier: { env: "v", id: "check", args: {}, slug: "check" },
    runtimeConfig: { image: "coder", limits: { startupTimeoutS: 5 } },
    columns: { hard: true },
    agentConfig: { timeout_seconds: 3 },
    validation: [{ name: "bash" }],
    slug: "s",
    args: { n: 1 },
    id: "i",
    env: "e",
  });
  expect(JSON.stringify(full)).toBe(
    '{"env":"e","id":"i","args":{"n":1},"slug":"s","validation":[{"name":"bash"}],"agent_config":{"timeout_seconds":3},' +
      '"columns":{"hard":true},"runtime_config":{"image":"coder","limits":{"startup_timeout_s":5}},' +
      '"verifier":{"env":"v","id":"check","args":{},"slug":"check"}}',
  );
  expect(full.verifier).toBeInstanceOf(Task);
});

test("the slug comes from id and arguments unless given", () => {
  expect(new Task({ env: "e", id: "verify", args: { expected: 3 } }).slug).toBe("verify-5579a3e5");
  expect(new Task({ env: "e", id: "verify", args: { expected: 3 }, slug: "mine" }).slug).toBe("mine");
});

test("slug and columns can be assigned, and are checked", () => {
  const task = new Task({ env: "e", id: "i" });
  task.slug = "other";
  task.columns = { a: 1 };
  expect(Object.assign({}, task)).toMatchObject({ slug: "other", columns: { a: 1 } });
  expect(() => {
    task.slug = "";
  }).toThrow('slug: expected a non-empty string, got ""');
  expect(() => {
    // @ts-expect-error what a JavaScript author can write
    task.columns = [];
  }).toThrow("columns: expected an object, got an array");
  expect(task.slug).toBe("other");
});

test("the arguments are the row's own", () => {
  const args = { list: [1] };
  const task = new Task({ env: "e", id: "i", args });
  args.list.push(2);
  expect(task.args).toEqual({ list: [1] });
  expect(
    new Task({ env: "e", id: "i", args: { a: undefined, b: Object.assign(Object.create(null), { c: 1 }) } }).args,
  ).toEqual({
    b: { c: 1 },
  });
});

describe("refuses arguments that JSON does not have", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each([
    [{ f: () => 1 }, "task 'i': args.f: expected a JSON value, got a function"],
    [{ n: Number.NaN }, "args.n: expected a finite number, got NaN"],
    [{ a: [1, undefined] }, "args.a[1]: expected a JSON value, got undefined"],
    [{ at: new Date(0) }, "args.at: expected a JSON value, got an instance of Date"],
    [{ m: new Map() }, "args.m: expected a JSON value, got an instance of Map"],
    [{ big: 1n }, "args.big: expected a JSON value, got a bigint"],
    [{ deep: { x: [{ y: Symbol("s") }] } }, "args.deep.x[0].y: expected a JSON value, got a symbol"],
    [cycle, "args.self: expected a JSON value, got an object that contains itself"],
    [JSON.parse('{"__proto__": 1}'), "args.__proto__ is no member name"],
    [[1], "args: expected an object, got an array"],
    [null, "args: expected an object, got null"],
  ])("%o", (args, message) => {
    const mint = () => new Task({ env: "e", id: "i", args: args as TaskInit["args"] });
    expect(mint).toThrow(message);
    expect(mint).toThrow(expect.objectContaining({ code: "INVALID_TASK_ARGS" }));
  });

  test("nested without end", () => {
    const deep = JSON.parse(`${"[".repeat(501)}${"]".repeat(501)}`);
    expect(() => new Task({ env: "e", id: "i", args: { deep } })).toThrow("nested deeper than 500");
  });

  test("but a value that stands in two places is none", () => {
    const shared = { a: 1 };
    expect(new Task({ env: "e", id: "i", args: { x: shared, y: shared } }).args).toEqual({ x: { a: 1 }, y: { a: 1 } });
  });
});

describe("refuses a row that is none", () => {
  const row = { env: "e", id: "i", args: {}, slug: "i" };
  test.each([
    [{ env: "" }, "env: expected a non-empty string"],
    [{ id: 5 }, "id: expected a non-empty string, got 5"],
    [{ slug: null }, "slug: expected a non-empty string, got null"],
    [{ validation: {} }, "validation: expected an array of objects"],
    [
      { agentConfig: { timeout_seconds: Number.POSITIVE_INFINITY } },
      "agentConfig.timeout_seconds: expected a finite number",
    ],
    [{ runtimeConfig: { resources: { cpu: 0 } } }, "resources.cpu"],
    [{ runtimeConfig: { limits: { runTimeoutS: 1.5 } } }, "limits.run_timeout_s"],
    [{ runtimeConfig: { image: "a", compose: { document: "b" } } }, "image and compose exclude each other"],
    [{ verifier: { ...row, verifier: row } }, "verifier: task 'i' has a verifier of its own"],
    [{ verifier: { ...row, env: "" } }, "env: expected a non-empty string"],
  ])("%j", (member, message) => {
    const make = () => new Task({ ...row, ...member } as TaskInit);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_TASK_ROW" }));
  });
});

test("its environment is not part of the row", () => {
  expect(Object.keys(new Task({ env: "e", id: "i" }))).not.toContain("environment");
  expect(isTask(new Task({ env: "e", id: "i" }))).toBe(true);
  expect(isTask({ env: "e", id: "i", args: {}, slug: "i" })).toBe(false);
});
