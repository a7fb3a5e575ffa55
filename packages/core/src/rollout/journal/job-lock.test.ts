import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { identifyProcess } from "../../util/process-identity.ts";
import { lockJob } from "./job-lock.ts";

let dir: string;
let child: ChildProcess;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "hud-lock-"));
  child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
});

afterEach(async () => {
  await kill(child);
  await rm(dir, { recursive: true, force: true });
});

async function kill(victim: ChildProcess): Promise<void> {
  if (victim.exitCode !== null || victim.signalCode !== null) return;
  victim.kill("SIGKILL");
  await once(victim, "exit");
}

async function plant(number: number, holder: object): Promise<void> {
  await writeFile(path.join(dir, `lock.${number}`), JSON.stringify(holder));
}

describe("lockJob", () => {
  it("lets one in and names it to the next; given back, the next gets it", async () => {
    const lock = await lockJob(dir);
    await expect(lockJob(dir)).rejects.toMatchObject({
      code: "JOB_LOCKED",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await lock[Symbol.asyncDispose]();
    await using _again = await lockJob(dir);
    expect(await readdir(dir)).toEqual(["lock.1"]);
  });

  it("respects a living process and takes over from a killed one", async () => {
    const holder = { ...(await identifyProcess(child.pid ?? 0)), host: hostname() };
    await plant(1, holder);
    await expect(lockJob(dir)).rejects.toMatchObject({ code: "JOB_LOCKED", details: { pid: child.pid } });
    await kill(child);
    await using _lock = await lockJob(dir);
    expect(await readdir(dir)).toEqual(["lock.2"]);
  });

  it("respects a living process beside a higher number that a killed one left", async () => {
    await plant(1, { ...(await identifyProcess(child.pid ?? 0)), host: hostname() });
    await plant(3, { pid: child.pid, startedAt: "another-boot:1", host: hostname() });
    await expect(lockJob(dir)).rejects.toMatchObject({ code: "JOB_LOCKED", details: { pid: child.pid } });
  });

  it("is not fooled by another process that got the holder's pid", async () => {
    await plant(3, { pid: child.pid, startedAt: "another-boot:1", host: hostname() });
    await using _lock = await lockJob(dir);
    expect(await readdir(dir)).toEqual(["lock.4"]);
  });

  it("does not judge processes of another machine", async () => {
    await plant(1, { pid: 1, startedAt: null, host: "elsewhere.invalid" });
    await expect(lockJob(dir)).rejects.toMatchObject({
      code: "JOB_LOCKED",
      message: expect.stringContaining("elsewhere.invalid"),
    });
  });

  it("lets exactly one of many in, over a dead holder's lock too", async () => {
    await plant(1, { pid: child.pid, startedAt: "another-boot:1", host: hostname() });
    const tries = await Promise.allSettled(Array.from({ length: 16 }, () => lockJob(dir)));
    expect(tries.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    for (const one of tries) {
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "JOB_LOCKED" });
    }
  });
});
