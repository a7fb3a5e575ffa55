import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { exited, hasExited, isRunning, terminateGroup } from "./process.ts";

/** A shell that starts a grandchild, says the grandchild's pid and waits. */
async function family(leader: string) {
  const child = spawn("bash", ["-c", leader], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, grandchild: Number(line.toString()) };
}

test("ends the whole group, also a grandchild that ignores SIGTERM", async () => {
  const { child, grandchild } = await family(`bash -c 'trap "" TERM; while :; do sleep 0.05; done' & echo $!; wait`);
  await terminateGroup(child, 2000);
  expect(hasExited(child)).toBe(true);
  await expect.poll(() => isRunning(grandchild)).toBe(false);
});

test("kills a leader that ignores SIGTERM once its grace is over", async () => {
  const { child } = await family(`trap "" TERM; sleep 60 & echo $!; while :; do sleep 0.05; done`);
  await terminateGroup(child, 50);
  expect(child.signalCode).toBe("SIGKILL");
});

test("a process that is gone already is no error", async () => {
  const child = spawn("true", { detached: true, stdio: "ignore" });
  await exited(child);
  await terminateGroup(child, 10);
  await exited(child);
  expect(child.exitCode).toBe(0);
});

test("a zombie does not run, init does, and a pid that nobody has does not", async () => {
  expect(isRunning(1)).toBe(true);
  expect(isRunning(2 ** 22 + 1)).toBe(false);
  // The shell never waits for its child, which therefore stays a zombie for as long as the shell lives.
  const { child, grandchild } = await family("sleep 0 & echo $!; exec sleep 60");
  await expect.poll(() => isRunning(grandchild)).toBe(false);
  await terminateGroup(child, 1000);
});
