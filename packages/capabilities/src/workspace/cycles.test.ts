import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { leftovers, NOTHING_LEFT } from "./__fixtures__/leftovers.ts";
import { daemonContext, directoryWith, startedWorkspace } from "./__fixtures__/started-workspace.ts";
import { workspace, workspaceSweeper } from "./index.ts";

// A tenth of it in every run: two hundred cycles take minutes.
const cycles = Math.ceil(200 * Number(process.env["HUD_TEST_SCALE"] ?? "0.1"));

test(`${cycles} cycles of start, work, grade, reset and stop leave no process, mount, directory, uid, descriptor or port`, async () => {
  using seed = directoryWith({ "a.txt": "a" });
  const shell = workspace(seed.path);
  const descriptors: number[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    const [capability] = await shell.start(daemonContext());
    await shell.exec("(setsid sleep 4260 > /dev/null 2>&1 &); echo x > x");
    if (cycle % 4 === 1) await shell.snapshot();
    if (cycle % 4 === 2) await shell.reset?.(daemonContext());
    if (cycle % 4 === 3) await shell.run({ command: "ls" }, { signal: AbortSignal.timeout(60_000) });
    await shell.stop();
    await shell.stop();
    expect(leftovers()).toEqual(NOTHING_LEFT);
    await expect(connected(Number(new URL(capability?.url ?? "").port))).rejects.toThrow(/ECONNREFUSED/);
    descriptors.push(readdirSync("/proc/self/fd").length);
  }
  expect(Math.max(...descriptors.slice(1))).toBeLessThanOrEqual((descriptors[1] ?? 0) + 2);
}, 600_000);

test("a stop in the middle of anything leaves nothing", async () => {
  for (const begin of ["start", "reset", "exec", "grade"] as const) {
    using seed = directoryWith({ "a.txt": "a" });
    const shell = workspace(seed.path);
    const starting = shell.start(daemonContext()).catch(() => []);
    if (begin !== "start") await starting;
    const signal = AbortSignal.timeout(60_000);
    const begun = {
      start: async () => starting,
      reset: async () => shell.reset?.(daemonContext()),
      exec: async () => shell.exec("sleep 60"),
      grade: async () => shell.run({ command: "sleep 60" }, { signal }),
    }[begin]();
    const settled = Promise.allSettled([begun]);
    await shell.stop();
    await settled;
    expect([begin, leftovers()]).toEqual([begin, NOTHING_LEFT]);
  }
});

test("a reset of 10,000 files puts back those that changed; its time is printed", async () => {
  using seed = directoryWith({});
  for (let folder = 0; folder < 100; folder++) {
    mkdirSync(join(seed.path, String(folder)));
    for (let file = 0; file < 100; file++) writeFileSync(join(seed.path, `${folder}/${file}`), `${folder} ${file}`);
  }
  const shell = workspace(seed.path);
  try {
    const started = await timed(() => shell.start(daemonContext()));
    await shell.baseline?.(daemonContext());
    await shell.exec("rm -rf 1 2 3; echo changed > 4/4");
    const reset = await timed(async () => shell.reset?.(daemonContext()));
    const first = await timed(() => shell.exec("true"));
    const warm = await timed(() => shell.exec("true"));
    expect((await shell.exec("find . -type f | wc -l; cat 4/4")).stdout).toBe("10000\n4 4");
    process.stdout.write(
      `10,000 files: start ${started} ms, reset ${reset} ms, first exec after it ${first} ms, warm exec ${warm} ms\n`,
    );
  } finally {
    await shell.stop();
  }
});

test("what a killed process left is found by a sweep, and removed by it or by the next start", async () => {
  await using started = await startedWorkspace({ "a.txt": "a" });
  const [mine = ""] = leftovers().directories;
  const abandoned = () => {
    const path = mkdtempSync(join(dirname(mine), "dead-"));
    mkdirSync(join(path, "disk/0"), { recursive: true });
    execFileSync("sh", ["-c", `mount -t tmpfs left-behind ${path}/disk/0`]);
    const owner = JSON.parse(readFileSync(join(mine, ".owner.json"), "utf8")) as { pid: number };
    writeFileSync(join(path, ".owner.json"), JSON.stringify({ ...owner, pid: 4_194_303 }));
    return path;
  };
  const swept = abandoned();
  const options = { expiredBefore: new Date(Date.now() + 60_000), signal: AbortSignal.timeout(60_000) };
  const found = { kind: "workspace", name: swept, owner: "process 4194303" };
  expect(await workspaceSweeper().sweep({ ...options, dryRun: true })).toContainEqual({ ...found, removed: false });
  expect(await workspaceSweeper().sweep({ ...options, dryRun: false })).toContainEqual({ ...found, removed: true });
  const left = abandoned();
  await using _next = await startedWorkspace({ "b.txt": "b" });
  expect([existsSync(swept), existsSync(left)]).toEqual([false, false]);
  expect((await started.shell.exec("cat a.txt")).stdout).toBe("a");
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return Math.round(performance.now() - before);
}

async function connected(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve();
    }).once("error", reject);
  });
}
