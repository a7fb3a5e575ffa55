import { afterAll, beforeAll, expect, test } from "vitest";
import { DOUBLES, documentOf, type Finished, hud, project } from "./hud.ts";

let here: Awaited<ReturnType<typeof project>>;
const template = (name: string, body: string) => `
  import { Environment } from "@hud-ts/core";
  export const env = new Environment({ name: "${name}" });
  const template = env.template({ id: "${name}", solution: () => "x" })(async function* () { ${body} });
  export const task = template({});
`;

beforeAll(async () => {
  here = await project({
    ...DOUBLES,
    "never.ts": template("never", "if (0) yield 1;"),
    "once.ts": template("once", 'yield "prompt";'),
    "throws.ts": template("throws", 'yield "prompt"; throw new Error("no grade today");'),
    "nan.ts": template("nan", 'yield "prompt"; yield Number.NaN;'),
    "syntax.ts": 'import { Environment } from "@hud-ts/core";\nexport const env = new Environment({ name: ;\n',
    "raises.ts": 'throw new Error("not at home");\n',
    "twins.ts": 'import { double } from "./env.ts";\nexport const tasks = [double({ n: 1 }), double({ n: 1 })];\n',
    "wrong-args.ts": 'import { double } from "./env.ts";\nexport const task = double({ n: "one" } as never);\n',
    "empty.ts": "export const nothing = 1;\n",
    "broken.jsonl": '{"env":"doubles","id":"double","args":{"n":1}}\n{"env":"doubles","args":{"n":1}}\n',
    "no-json.json": "[{]",
  });
});
afterAll(() => here[Symbol.asyncDispose]());

async function evaluate(...args: string[]): Promise<Finished> {
  const done = await hud(["eval", ...args, "--runtime", "local", "--json"], { cwd: here.path });
  expect(done.stderr).not.toMatch(/^\s+at .*node:internal/m);
  return done;
}

test.each([
  ["never.ts", "yield"],
  ["throws.ts", "no grade today"],
  ["nan.ts", "finite"],
])("a template of %s is blamed on the environment, without a reward", async (source, message) => {
  const done = await evaluate(source, "oracle");
  expect(done.code).toBe(1);
  expect(documentOf(done)).toMatchObject({
    mean_reward: null,
    coverage: { graded: 0, total: 1 },
    runs: [{ outcome: "environment-failed", reward: null, trace_error: expect.stringContaining(message) }],
  });
});

test("a template that ends without a second yield gave no points, as in the reference", async () => {
  const done = await evaluate("once.ts", "oracle");
  expect(done.code).toBe(0);
  expect(documentOf(done)).toMatchObject({ mean_reward: 0, coverage: { graded: 1, total: 1 } });
});

test("a row of an environment that is not declared beside it", async () => {
  await using elsewhere = await project({ ...DOUBLES, "stranger.json": '{"env":"nobody","id":"double"}' });
  const done = await hud(["eval", "stranger.json", "oracle", "--json"], { cwd: elsewhere.path });
  expect(done.code).toBe(2);
  expect(documentOf(done)).toMatchObject({
    error: "usage",
    message: expect.stringContaining("'nobody'"),
    suggestion: "It declares doubles.",
  });
});

test.each([
  [["nosuch.ts", "oracle"], 1, "not_found", "nosuch.ts"],
  [["syntax.ts", "oracle"], 2, "usage", "syntax.ts:2"],
  [["raises.ts", "oracle"], 2, "usage", "not at home"],
  [["twins.ts", "oracle"], 2, "usage", "double"],
  [["wrong-args.ts", "oracle"], 2, "usage", "double"],
  [["empty.ts", "oracle"], 2, "usage", "empty.ts has no tasks"],
  [["broken.jsonl", "oracle"], 2, "usage", "broken.jsonl"],
  [["no-json.json", "oracle"], 2, "usage", "no-json.json"],
  [["tasks.ts", "orcale"], 2, "usage", "unknown agent 'orcale'"],
  [["tasks.ts"], 2, "usage", "no agent named"],
  [["tasks.ts", "oracle", "--task-ids", "triple"], 1, "not_found", "no task 'triple'"],
  [["tasks.ts", "oracle", "--task-ids", ","], 2, "usage", "got ','"],
  [["tasks.ts", "oracle", "--first", "--all"], 2, "usage", "--first and --all exclude each other"],
  [["tasks.ts", "oracle", "-c", "temprature=1"], 2, "usage", "unknown option 'temprature'"],
  [["tasks.ts", "openai-compatible"], 2, "usage", "a model is needed"],
  [["tasks.ts", "constructor"], 2, "usage", "unknown agent 'constructor'"],
  [["tasks.ts", "openai-compatible", "-m", "m"], 2, "usage", "a base url is needed"],
  [
    ["tasks.ts", "openai-compatible", "-m", "m", "--base-url", "https://x.test/v1"],
    1,
    "permission_denied",
    "OPENAI_API_KEY",
  ],
  [["--resume", "nosuch"], 1, "not_found", "no job 'nosuch'"],
  [["tasks.ts", "oracle", "--resume", "nosuch"], 2, "usage", "source, agent"],
])("eval %j says what is wrong", async (args, ...[code, error, message]) => {
  const done = await evaluate(...args);
  expect(documentOf(done)).toMatchObject({ error, message: expect.stringContaining(message) });
  expect(done.code).toBe(code);
  expect(done.stderr.split("\n").length).toBeLessThan(25);
});
