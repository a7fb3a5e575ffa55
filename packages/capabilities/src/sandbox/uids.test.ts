import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { thisOwner } from "./owner.ts";
import { sandboxSweeper } from "./sweeper.ts";
import { allocateUids, lockDirectory, releaseDeadSet, takeSet, uidsOf } from "./uids.ts";

const BUILT = fileURLToPath(new URL("../../dist/sandbox.js", import.meta.url));
const ALLOCATE = fileURLToPath(new URL("./__fixtures__/allocate.mjs", import.meta.url));
// Without the conditions under which tests run sources.
const PLAIN = { execArgv: [] };

test("gives sets that nobody else has, and takes them back", async () => {
  const leases = await Promise.all(Array.from({ length: 50 }, () => allocateUids()));
  const ids = leases.flatMap(({ uids }) => Object.values(uids));
  expect(new Set(ids).size).toBe(150);
  expect(Math.min(...ids)).toBeGreaterThanOrEqual(100_000);
  const locks = await Promise.all(leases.map(({ uids }) => lockOf(uids.supervisor)));
  for (const lock of locks) expect(JSON.parse(await readFile(lock, "utf8")).owner.pid).toBe(process.pid);
  await Promise.all(leases.map((lease) => lease[Symbol.asyncDispose]()));
  await Promise.all(leases.map((lease) => lease[Symbol.asyncDispose]()));
  for (const lock of locks) await expect(stat(lock)).rejects.toMatchObject({ code: "ENOENT" });
});

test("gives different sets to processes that ask at the same time", async () => {
  const processes = Array.from({ length: 4 }, () => fork(ALLOCATE, [BUILT, "25"], PLAIN));
  const taken = (await Promise.all(processes.map((child) => told(child)))).flat();
  expect(new Set(taken).size).toBe(100);
  for (const child of processes) child.send("go");
  await Promise.all(processes.map((child) => once(child, "exit")));
  for (const supervisor of taken)
    await expect(stat(await lockOf(supervisor))).rejects.toMatchObject({ code: "ENOENT" });
});

test("sweeps what a killed process held, and nothing else", async () => {
  await using mine = await allocateUids();
  const child = fork(ALLOCATE, [BUILT, "3"], PLAIN);
  const theirs = await Promise.all((await told(child)).map(lockOf));
  const sweep = async (dryRun: boolean) => {
    const options = {
      owner: `process ${child.pid}`,
      expiredBefore: new Date(),
      dryRun,
      signal: new AbortController().signal,
    };
    return (await sandboxSweeper().sweep(options)).map(({ name, removed }) => ({ name, removed }));
  };
  expect(await sweep(false)).toEqual([]);
  child.send("die");
  await once(child, "exit");
  const found = (removed: boolean) => theirs.map((name) => ({ name, removed }));
  expect(await sweep(true)).toEqual(expect.arrayContaining(found(false)));
  expect(await sweep(false)).toEqual(expect.arrayContaining(found(true)));
  expect(await sweep(false)).toEqual([]);
  await stat(await lockOf(mine.uids.supervisor));
});

test("has one successor for a dead holder, however many want to be", async () => {
  const directory = await lockDirectory();
  const owner = { ...(await thisOwner()), pid: 2 ** 22 + 1 }; // above every pid there is
  for (let set = 9_990; set < 10_000; set++) {
    const lock = join(directory, String(set));
    await writeFile(lock, JSON.stringify({ owner, nonce: "dead" }), { flag: "wx" });
    const won = await Promise.all(Array.from({ length: 8 }, () => takeSet(directory, set)));
    expect(won.filter(Boolean)).toHaveLength(1);
    await writeFile(lock, JSON.stringify({ owner, nonce: "dead again" }));
    expect(await releaseDeadSet(directory, set)).toBe(true);
    expect(await releaseDeadSet(directory, set)).toBe(false);
  }
});

test("leaves alone what processes still run under, whoever held it", async () => {
  const directory = await lockDirectory();
  const set = 9_980;
  const lock = join(directory, String(set));
  const owner = { ...(await thisOwner()), pid: 2 ** 22 + 1 };
  await writeFile(lock, JSON.stringify({ owner, nonce: "dead" }), { flag: "wx" });
  const { agent } = uidsOf(set);
  const orphan = spawn("sleep", ["30"], { uid: agent, gid: agent });
  await once(orphan, "spawn");
  expect(await takeSet(directory, set)).toBe(false);
  orphan.kill("SIGKILL");
  await once(orphan, "exit");
  expect(await releaseDeadSet(directory, set)).toBe(true);
});

async function told(child: ChildProcess): Promise<number[]> {
  const [message] = await once(child, "message");
  return message as number[];
}

async function lockOf(supervisor: number): Promise<string> {
  return join(await lockDirectory(), String((supervisor - 100_000) / 3));
}
