import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { workspace } from "@hud-ts/capabilities/workspace";
import { median, row, timeProcess } from "./measure.mjs";

const FILES = 10_000;
const { signal } = new AbortController();
const context = { environment: "benchmark", root: undefined, signal };

/** A workspace's start and first command, warm commands beside bare spawns, and the way back to the baseline. */
export async function sandbox() {
  const bare = median(Array.from({ length: 10 }, () => timeProcess(["-e", "0"])));
  const seed = await mkdtemp(join(tmpdir(), "hud-bench-seed-"));
  try {
    await writeFile(join(seed, "file"), "x");
    const starts = [];
    for (let i = 0; i < 5; i++) {
      const shell = workspace(pathToFileURL(seed), { isolation: "required" });
      starts.push(await time(() => startAndRun(shell)));
      await shell.stop();
    }
    return [
      row("workspace, start to first command", "ms", { value: median(starts), baseline: bare }),
      ...(await warm(seed)),
      ...(await reset(seed)),
    ];
  } finally {
    await rm(seed, { recursive: true });
  }
}

async function warm(seed) {
  const shell = workspace(pathToFileURL(seed), { isolation: "required" });
  await startAndRun(shell);
  const inside = [];
  const outside = [];
  for (let i = 0; i < 50; i++) {
    inside.push(await time(() => shell.exec("true")));
    outside.push(
      await time(() =>
        once(spawn("bash", ["-lc", "true"], { stdio: "ignore", env: { PATH: process.env.PATH } }), "exit"),
      ),
    );
  }
  await shell.stop();
  return [
    row("warm command in the sandbox, beside a bare spawn", "ms", { value: median(inside), baseline: median(outside) }),
  ];
}

async function reset(seed) {
  for (let i = 0; i < FILES; i++) {
    const folder = join(seed, `d${i % 100}`);
    if (i < 100) await mkdir(folder);
    await writeFile(join(folder, `f${i}`), `content of ${i}\n`);
  }
  const shell = workspace(pathToFileURL(seed), { isolation: "required" });
  await startAndRun(shell);
  const samples = [];
  for (let i = 0; i < 5; i++) {
    await shell.exec("rm -rf d1 d2; echo changed > d3/f3");
    samples.push(await time(() => shell.reset(context)));
  }
  await shell.stop();
  const copy = await mkdtemp(join(tmpdir(), "hud-bench-copy-"));
  const copied = await time(() => once(spawn("cp", ["-a", `${seed}/.`, copy], { stdio: "ignore" }), "exit"));
  await rm(copy, { recursive: true });
  return [row(`reset of ${FILES} files, beside a copy of them`, "ms", { value: median(samples), baseline: copied })];
}

async function startAndRun(shell) {
  await shell.start(context);
  await shell.baseline?.(context);
  await shell.exec("true");
}

async function time(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
