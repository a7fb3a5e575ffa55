import { runJob } from "@hud-ts/core";
import { agentDouble } from "@hud-ts/core/testing";
import { expect, test } from "vitest";
import { LETTER_ENV, LETTER_ROW } from "../__fixtures__/letter-env.ts";
import { environmentProcesses } from "../__fixtures__/processes.ts";
import { project } from "../__fixtures__/project.ts";
import { loadSource } from "../source/load-source.ts";
import { childProcess } from "./child-process.ts";

const TELLS_PID = LETTER_ENV.replace('"How many letters has banana?"', "String(process.pid)");

test("a job of many rollouts: a process each, every one graded, none left", async () => {
  await using home = await project({ "env.ts": TELLS_PID });
  const pids = new Set<string>();
  const job = await runJob(
    [LETTER_ROW],
    agentDouble(async (run) => {
      pids.add(run.promptText);
      run.answer("6");
    }),
    { runtime: childProcess({ source: home.at("env.ts"), spare: 2 }), group: 6, maxConcurrent: 2, dir: null },
  );
  expect(job).toMatchObject({ reward: 1, coverage: { graded: 6, total: 6 } });
  expect(pids.size).toBe(6);
  expect(environmentProcesses()).toEqual([]);
});

test("an environment killed under its agent is an infrastructure failure with its last output, never a reward", async () => {
  await using home = await project({ "env.ts": `${TELLS_PID}\nconsole.log("counting");` });
  const job = await runJob(
    [LETTER_ROW],
    agentDouble(async (run) => {
      process.kill(Number(run.promptText), "SIGKILL");
      run.answer("6");
    }),
    { runtime: childProcess({ source: home.at("env.ts") }), retries: 0, dir: null },
  );
  const [run] = job.runs;
  expect(job).toMatchObject({ reward: null, coverage: { graded: 0, total: 1 } });
  expect(run).toMatchObject({ outcome: "infra-failed", error: { code: "RUNTIME_LOST", blame: "infra" } });
  expect(JSON.stringify(run)).toContain("counting");
  expect(JSON.stringify(run)).toContain("the process was ended by SIGKILL");
  expect(JSON.stringify(run)).toContain(": its process was ended by SIGKILL");
  expect(environmentProcesses()).toEqual([]);
});

test.each([
  { step: "tasks.start", code: "process.exit(3);", ending: "exited with code 3", output: "last words" },
  {
    step: "tasks.grade",
    code: 'void Promise.reject(new Error("unheard"));',
    ending: "exited with code 1",
    output: "Error: unheard",
  },
  {
    step: "tasks.start",
    code: 'setImmediate(() => { throw new Error("uncaught"); });',
    ending: "exited with code 1",
    output: "Error: uncaught",
  },
  {
    step: "tasks.grade",
    code: 'process.kill(process.pid, "SIGKILL");',
    ending: "was ended by SIGKILL",
    output: "last words",
  },
])("a loss in $step says that the process $ending, and its last output", async ({ step, code, ending, output }) => {
  const fatal = `console.log("last words"); ${code} await new Promise(() => setInterval(() => {}, 1000));`;
  const where = step === "tasks.start" ? "const answer" : "yield answer";
  await using home = await project({ "env.ts": LETTER_ENV.replace(where, `${fatal} ${where}`) });
  const runtime = childProcess({ source: home.at("env.ts") });
  const agent = agentDouble(() => "6");
  const { runs } = await runJob([LETTER_ROW], agent, { runtime, retries: 0, dir: null });
  expect(runs[0]).toMatchObject({ outcome: "infra-failed", error: { code: "RUNTIME_LOST" } });
  const message = runs[0]?.outcome === "graded" ? "" : runs[0]?.error.message;
  expect(message).toContain(`env closed connection during '${step}': its process ${ending}\n\nits last output:\n`);
  expect(message).toContain(output);
});

test("a loaded source's tasks run in child processes of the same source", async () => {
  await using home = await project({
    "env.ts": LETTER_ENV,
    "tasks.ts": 'import { count } from "./env.ts";\nexport const tasks = [count()];',
  });
  const source = await loadSource(home.at("tasks.ts"));
  const solve = agentDouble(async (run) =>
    run.answer((await source.solutionFor(run.task)?.(run.task.args, run)) ?? null),
  );
  const job = await source.tasks.run(solve, { runtime: childProcess({ source: source.path }), dir: null });
  expect(job).toMatchObject({ reward: 1, coverage: { graded: 1, total: 1 } });
});
