import { readFile } from "node:fs/promises";

/** A process, told apart from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot and start time where the system tells them (Linux), else null. */
  readonly startedAt: string | null;
}

/** Identity of a process; null when there is none of that pid. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  if (!exists(pid)) return null;
  return { pid, startedAt: await startTime(pid) };
}

/** Whether the very process that `identity` names still runs. Where start times are unknown, the pid decides. */
export async function isSameProcess(identity: ProcessIdentity): Promise<boolean> {
  const now = await identifyProcess(identity.pid);
  if (now === null) return false;
  return now.startedAt === null || identity.startedAt === null || now.startedAt === identity.startedAt;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

// proc_pid_stat(5): field 22 counts clock ticks since boot; fields are counted after the name, which may hold blanks.
const START_TIME_AFTER_NAME = 19;

async function startTime(pid: number): Promise<string | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_TIME_AFTER_NAME];
    return ticks === undefined ? null : `${boot.trim()}:${ticks}`;
  } catch {
    return null; // no /proc here, or the process went away meanwhile: the pid alone must do
  }
}
