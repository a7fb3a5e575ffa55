import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documentOf, type Finished, project, startHud } from "./hud.ts";

// In full under the soak, a tenth of it otherwise.
const kills = Math.ceil(30 * Number(process.env["HUD_TEST_SCALE"] ?? "0.1"));

// Each task takes a moment, so that a kill finds rollouts before, in and after their grade.
const source = `
import { setTimeout as delay } from "node:timers/promises";
import { Environment, Taskset } from "@hud-ts/core";
import { z } from "zod";
export const env = new Environment({ name: "crash" });
const wait = env.template({ id: "wait", args: z.object({ n: z.number() }), solution: () => "done" })(async function* ({ n }) {
  await delay(10 + (n % 3) * 15);
  const answer = yield "Wait.";
  await delay(10);
  yield answer === "done" ? (n + 1) / 100 : 0;
});
export const tasks = new Taskset("crash", Array.from({ length: 6 }, (_, n) => wait({ n })));
`;

interface Line {
  readonly type: string;
  readonly slug?: string;
  readonly repeat?: number;
  readonly traceId?: string;
}

/** The complete lines of the only job's journal. */
async function journal(cwd: string): Promise<{ jobId: string; lines: Line[] }> {
  const jobs = await readdir(join(cwd, ".hud", "jobs")).catch(() => []);
  const jobId = jobs[0];
  if (jobId === undefined) return { jobId: "", lines: [] };
  const text = await readFile(join(cwd, ".hud", "jobs", jobId, "journal.jsonl"), "utf8").catch(() => "");
  const complete = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(Boolean);
  return { jobId, lines: complete.map((line) => JSON.parse(line) as Line) };
}

const graded = (lines: readonly Line[]) => lines.filter((line) => line.type === "graded");
const key = (line: Line) => `${line.slug}#${line.repeat}`;

/** Runs hud; with `killAfter` it is killed as soon as its journal holds that many grades. */
async function evaluate(cwd: string, args: readonly string[], killAfter?: number): Promise<Finished> {
  const { child, finished } = startHud(["eval", ...args], { cwd });
  if (killAfter !== undefined) {
    while (child.exitCode === null && graded((await journal(cwd)).lines).length < killAfter)
      await new Promise(setImmediate);
    child.kill("SIGKILL");
  }
  return await finished;
}

/** A number in [0, n) that depends on the seed alone, so that a failure can be repeated. */
function seeded(seed: number, n: number): number {
  return createHash("sha256").update(`crash-${seed}`).digest().readUInt32BE(0) % n;
}

test.each(Array.from({ length: kills }, (_, seed) => seed))(
  "killed and resumed, every rollout is graded exactly once (seed %i)",
  async (seed) => {
    await using here = await project({ "tasks.ts": source });
    const cwd = here.path;
    await evaluate(
      cwd,
      ["tasks.ts", "oracle", "--group", "2", "--max-concurrent", "3", "--json", "--yes"],
      seeded(seed, 12),
    );
    const before = await journal(cwd);
    const resumed = await evaluate(cwd, ["--resume", before.jobId, "--json", "--yes"]);
    expect(resumed.code).toBe(0);
    const after = await journal(cwd);
    expect(graded(after.lines).map(key).sort()).toEqual([...new Set(graded(after.lines).map(key))].sort());
    expect(graded(after.lines)).toHaveLength(12);
    // What was graded before the kill stands as it was.
    expect(graded(after.lines)).toEqual(expect.arrayContaining(graded(before.lines)));
    const document = documentOf<{ mean_reward: number }>(resumed);
    expect(document).toMatchObject({ run_count: 12, coverage: { graded: 12, total: 12 } });
    expect(document.mean_reward).toBeCloseTo(0.035);
  },
  60_000,
);
