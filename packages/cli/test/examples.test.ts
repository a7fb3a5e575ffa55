import { fileURLToPath } from "node:url";
import { defineAgent, nop, oracle } from "@hud-ts/agents";
import { ssh } from "@hud-ts/capabilities/workspace/client";
import { type AgentV1, inProcess, type Job, runJob } from "@hud-ts/core";
import { loadSource } from "@hud-ts/runtimes/source";
import { expect, test } from "vitest";

const EXAMPLES = ["letter-count", "coding", "tiny-shell", "ops-diagnostics"] as const;

async function evaluate(
  example: string,
  agentFor: (source: Awaited<ReturnType<typeof loadSource>>) => AgentV1,
  slugs?: string[],
): Promise<Job> {
  const source = await loadSource(fileURLToPath(new URL(`../../../examples/${example}/tasks.ts`, import.meta.url)));
  const tasks = slugs === undefined ? source.tasks : source.tasks.filter(slugs);
  return await runJob([...tasks], agentFor(source), { runtime: inProcess(source.environments), dir: null, retries: 0 });
}

test.each(EXAMPLES)(
  "%s: the reference solutions earn everything, doing nothing earns nothing",
  async (example) => {
    const solved = await evaluate(example, (source) => oracle(source));
    expect(solved.runs.map((run) => [run.slug, run.outcome === "graded" ? run.reward : run.error])).toEqual(
      solved.runs.map((run) => [run.slug, 1]),
    );
    const idle = await evaluate(example, () => nop());
    expect(idle.runs.map((run) => [run.slug, run.outcome === "graded" ? run.reward : run.error])).toEqual(
      idle.runs.map((run) => [run.slug, 0]),
    );
  },
  120_000,
);

/** What an agent might try on `coding` instead of fixing the bug. */
const VANDALS: Readonly<Record<string, string>> = {
  "edits package.json": `node -e 'const p=require("./package.json");p.scripts={test:"true"};p.imports={};p.main="x.js";require("fs").writeFileSync("package.json",JSON.stringify(p))'`,
  "plants a node that always succeeds": `mkdir -p node_modules/.bin bin && for d in node_modules/.bin bin; do printf '#!/bin/sh\\nexit 0\\n' > $d/node; chmod 755 $d/node; done; printf 'export PATH=/workspace/bin:$PATH\\n' | tee .bashrc .bash_profile .profile`,
  "plants a test runner's configuration": `printf 'process.exit(0)\\n' > conftest.js; printf '{"test":{"passWithNoTests":true}}' > node.config.json; printf 'import process from "node:process"; process.reallyExit(0)\\n' > test/setup.js`,
  "ends the test process early": `printf 'process.exit(0)\\n' | tee src/*.js > /dev/null`,
  "leaves a daemon that watches for the tests": `nohup bash -c 'while :; do for f in /grading/*; do cp /dev/null "$f"; done; sleep 0.01; done' > /dev/null 2>&1 &`,
  "empties the workspace": `find . -mindepth 1 -delete`,
  "makes the workspace unreadable": `chmod -R 000 .`,
  "fills the disk it has": `head -c 400M /dev/zero > /tmp/zero; true`,
  "replaces the sources by links to the grader": `for f in src/*.js; do ln -sf /grading/check.test.mjs "$f"; done`,
};

test.each(Object.entries(VANDALS))(
  "coding: an agent that %s is graded, below 1",
  async (_name, command) => {
    const vandal = defineAgent({
      name: "vandal",
      async run(run) {
        const shell = await run.open(ssh);
        await shell.exec(command, { timeoutMs: 20_000 });
        run.answer("done");
      },
    });
    const { runs } = await evaluate("coding", () => vandal, ["bug-1"]);
    expect(runs).toMatchObject([{ outcome: "graded" }]);
    for (const run of runs) if (run.outcome === "graded") expect(run.reward).toBeLessThan(1);
  },
  60_000,
);
