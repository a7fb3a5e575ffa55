import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { delay } from "./clock.ts";

/** Whether a process exited or was ended by a signal. */
export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Resolves when the process is gone; at once when it is gone already. */
export async function exited(child: ChildProcess): Promise<void> {
  if (hasExited(child) || child.pid === undefined) return;
  await new Promise<void>((resolve) => child.once("exit", () => resolve()));
}

/** Sends `signal` to the child's process group; a group that is gone is no error. The child must have been spawned `detached`. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Ends a child and its whole process group: SIGTERM, up to `graceMs`, then SIGKILL.
 * The group gets the SIGKILL in any case, so that a grandchild that outlived its leader is gone too.
 */
export async function terminateGroup(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.pid === undefined) return;
  if (!hasExited(child)) {
    signalGroup(child, "SIGTERM");
    const timer = new AbortController();
    await Promise.race([exited(child), delay(graceMs, timer.signal).catch(() => {})]);
    timer.abort();
  }
  signalGroup(child, "SIGKILL");
  await exited(child);
}

/** Whether a process of this id runs; a zombie, which waits only to be counted, does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch (error) {
    // Gone between the two looks, or a system without /proc, where the signal's word stands.
    return process.platform !== "linux" && (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
