import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { runJob, type TaskRow } from "@hud-ts/core";
import { listJobs } from "@hud-ts/core/results";
import { agentDouble, runtimeDouble } from "@hud-ts/core/testing";
import { afterEach, beforeEach, expect, it } from "vitest";

const TOTAL = 300;
const rows: TaskRow[] = Array.from({ length: TOTAL }, (_, n) => ({ env: "e", id: "t", args: { n }, slug: `t-${n}` }));
const dist = new URL("../dist/", import.meta.url);

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "hud-killed-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

it.each([1, 40, 200])(
  "a job killed after %i reported results is resumed with every rollout graded once",
  async (after) => {
    const program = `
    import { writeSync } from "node:fs";
    import { runJob } from ${JSON.stringify(new URL("index.js", dist))};
    import { agentDouble, runtimeDouble } from ${JSON.stringify(new URL("testing.js", dist))};
    const rows = ${JSON.stringify(rows)};
    await runJob(rows, agentDouble(() => "x"), { runtime: runtimeDouble(), dir: ${JSON.stringify(dir)},
      onEvent: (event) => { if (event.type === "ended") writeSync(1, event.run.slug + "\\n"); } });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const reported: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (reported.push(line) === after) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");

    const [listing] = await listJobs(dir);
    const started: string[] = [];
    const runtime = runtimeDouble({
      start: ({ row }) => {
        started.push(row.slug);
        return { prompt: "go" };
      },
    });
    const job = await runJob(
      rows,
      agentDouble(() => "x"),
      { runtime, dir, resume: listing?.id ?? "" },
    );
    expect(job.coverage).toEqual({ graded: TOTAL, total: TOTAL });
    expect(listing?.job?.coverage.graded).toBeGreaterThanOrEqual(reported.length);
    expect(started.length).toBe(TOTAL - (listing?.job?.coverage.graded ?? 0));
    expect(started.filter((slug) => reported.includes(slug))).toEqual([]);
  },
);
