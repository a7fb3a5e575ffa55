import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DOUBLES, documentOf, hud, project, startHud } from "./hud.ts";

// The second task waits for a file: whoever interrupts the job knows that the first is graded and the second is not.
const WAITING = {
  ...DOUBLES,
  "env.ts": DOUBLES["env.ts"]
    .replace("({ n }) {", "({ n }, { signal }) {")
    .replace(
      "const answer",
      `if (n === 2) {
        console.error("waiting");
        while (!existsSync(new URL("./go", import.meta.url))) await setTimeout(20, undefined, { signal });
      }
      await appendFile(new URL("./started", import.meta.url), n + "\\n");
      const answer`,
    )
    .replace(
      "import { z }",
      `import { existsSync } from "node:fs";
      import { appendFile } from "node:fs/promises";
      import { setTimeout } from "node:timers/promises";
      import { z }`,
    ),
};

async function untilGraded(cwd: string): Promise<string> {
  for (;;) {
    const jobs = documentOf<{ job_id: string; coverage: { graded: number } }[]>(await hud(["jobs", "--json"], { cwd }));
    const [job] = jobs;
    if (job !== undefined && job.coverage.graded === 1) return job.job_id;
  }
}

test.each([
  ["SIGINT", 130, "local"],
  ["SIGTERM", 143, "process"],
  ["SIGKILL", null, "process"],
] as const)("%s keeps what was graded, and --resume runs exactly the rest", async (signal, code, runtime) => {
  await using here = await project(WAITING);
  const cwd = here.path;
  const running = startHud(["eval", "tasks.ts", "oracle", "--runtime", runtime, "--json"], { cwd });
  const jobId = await untilGraded(cwd);
  running.child.kill(signal);
  const ended = await running.finished;
  expect(ended.code).toBe(code);
  if (signal !== "SIGKILL") {
    expect(ended.stderr).toContain(`hud eval --resume ${jobId}`);
    expect(ended.stderr).toContain("1 cancelled");
    expect(ended.stderr).not.toContain("(ABORTED)"); // what was only not finished is counted, not listed as a failure
    expect(documentOf(ended)).toMatchObject({ job_id: jobId, coverage: { graded: 1, total: 2 } });
  }
  await writeFile(join(cwd, "go"), "");
  const resumed = await hud(["eval", "--resume", jobId.slice(0, 10), "--json"], { cwd });
  expect(resumed.code).toBe(0);
  expect(documentOf(resumed)).toMatchObject({ job_id: jobId, mean_reward: 1, coverage: { graded: 2, total: 2 } });
  expect((await readFile(join(cwd, "started"), "utf8")).split("\n").sort()).toEqual(["", "1", "2"]);
});
