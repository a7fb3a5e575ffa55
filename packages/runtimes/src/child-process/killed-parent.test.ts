import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { isRunning } from "@hud-ts/core/adapter";
import { expect, onTestFinished, test } from "vitest";
import { LETTER_ENV, LETTER_ROW } from "../__fixtures__/letter-env.ts";
import { environmentProcesses, until } from "../__fixtures__/processes.ts";
import { project } from "../__fixtures__/project.ts";
import { builtFile } from "./built-file.ts";

/** Another process that holds a lease and a spare, and never lets go. */
async function holder(source: string): Promise<ChildProcess & { readonly pid: number }> {
  const built = builtFile("child-process.js");
  const program = `
    import { childProcess } from ${JSON.stringify(pathToFileURL(built).href)};
    const { signal } = new AbortController();
    const row = ${JSON.stringify(LETTER_ROW)};
    const runtime = childProcess({ source: ${JSON.stringify(source)}, spare: 1, stopGraceMs: 300 });
    await runtime.prepare([row], { signal });
    await runtime.acquire(row, { signal });
    console.log("held");
    setInterval(() => {}, 1_000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(createInterface({ input: child.stdout }), "line");
  if (child.pid === undefined) throw new Error("not started");
  return Object.assign(child, { pid: child.pid });
}

const BUSY = `${LETTER_ENV}\nenv.initialize(() => { setTimeout(() => { for (;;); }, 20); });`;

test.each([
  ["serves", LETTER_ENV],
  ["is stuck in a loop", BUSY],
])("a parent that is killed leaves no process, while its environment %s", async (_what, source) => {
  await using home = await project({ "env.ts": source });
  const parent = await holder(home.at("env.ts"));
  await until("lease and spare are up", () => environmentProcesses(parent.pid).length === 2);
  const pids = environmentProcesses(parent.pid);
  expect(pids.every(isRunning)).toBe(true);
  parent.kill("SIGKILL");
  await until("all are gone", () => !pids.some(isRunning));
});
