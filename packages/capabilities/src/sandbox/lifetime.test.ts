import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { testSandbox } from "./__fixtures__/sandbox-root.ts";
import { createControlGroup } from "./cgroup.ts";
import type { SandboxUids } from "./contract.ts";
import { resolveLimits } from "./limits.ts";
import { createStateDirectory } from "./state-root.ts";
import { sandboxSweeper } from "./sweeper.ts";
import { lockDirectory } from "./uids.ts";
import { usersWithProcesses } from "./user-processes.ts";

const BUILT = fileURLToPath(new URL("../../dist/sandbox.js", import.meta.url));
const HOST = fileURLToPath(new URL("./__fixtures__/host.mjs", import.meta.url));

// Of 200 cycles a tenth; the whole with HUD_TEST_SCALE=1.
const CYCLES = Math.round(200 * Number(process.env["HUD_TEST_SCALE"] ?? 0.1));

test("leaves nothing after a killed host", async () => {
  await using directory = await createStateDirectory("tests");
  const host = spawn(process.execPath, [HOST, BUILT, directory.path], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(host.stdout, "data");
  const uids = Object.values(JSON.parse(String(line)) as SandboxUids);
  expect(await running(uids)).toBe(true);
  host.kill("SIGKILL");
  await once(host, "exit");
  await expect.poll(() => running(uids), { timeout: 5000 }).toBe(false);
  const swept = await sandboxSweeper().sweep({
    owner: `process ${host.pid}`,
    expiredBefore: new Date(),
    dryRun: false,
    signal: new AbortController().signal,
  });
  expect(swept.filter(({ removed }) => !removed)).toEqual([]);
  const kinds = swept.map(({ kind }) => kind);
  expect(kinds).toContain("uids");
  await using group = await createControlGroup(resolveLimits()); // not every machine lets one be made
  expect(kinds.includes("control-group")).toBe(group !== undefined);
});

test(`leaves nothing after ${CYCLES} cycles`, { timeout: 20_000 + CYCLES * 1000 }, async () => {
  const before = await state();
  const roots: string[] = [];
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    await using inside = await testSandbox();
    roots.push(inside.root);
    await inside.sh("sleep 300 & echo left > /tmp/file; mkdir -p a/b");
  }
  expect(await state()).toEqual(before);
  const mounts = await readFile("/proc/self/mounts", "utf8"); // other tests have theirs beside this one's
  expect(roots.filter((root) => mounts.includes(root) || existsSync(root))).toEqual([]);
});

async function running(uids: readonly number[]): Promise<boolean> {
  const users = await usersWithProcesses();
  return uids.some((uid) => users.has(uid));
}

/** What this process has, and what it holds on the machine. */
async function state() {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, "utf8");
  return {
    children: children.trim(),
    descriptors: (await readdir("/proc/self/fd")).length,
    uids: await ownLocks(),
  };
}

async function ownLocks(): Promise<number> {
  const directory = await lockDirectory();
  const held = await Promise.all(
    (await readdir(directory)).map(async (name) => {
      const text = await readFile(`${directory}/${name}`, "utf8").catch(() => "");
      return text.includes(`"pid":${process.pid},`);
    }),
  );
  return held.filter(Boolean).length;
}
