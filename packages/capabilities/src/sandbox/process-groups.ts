import { readdirSync, readFileSync } from "node:fs";
import { signalGroup } from "./supervisor/program.mjs";

// proc_pid_stat(5): the fields after the name, which may hold blanks, begin with state, parent and group.
const STATE_PARENT_GROUP = /^(\S) \d+ (\d+) /;

/** Whether a process group has a member that runs; a zombie, which waits only to be counted, does not. */
export function groupRuns(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((name) => /^\d+$/.test(name) && isLivingMember(name, group));
}

function isLivingMember(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [, state, ofGroup] = STATE_PARENT_GROUP.exec(stat.slice(stat.lastIndexOf(")") + 2)) ?? [];
    return Number(ofGroup) === group && state !== "Z" && state !== "X";
  } catch {
    return false; // gone meanwhile
  }
}
