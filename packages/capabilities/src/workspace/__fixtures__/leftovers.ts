import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const STATE = `/var/tmp/hud-${process.getuid?.() ?? 0}`;

/** What of this process's workspaces is still on the machine: directories, mounts, uids and child processes. */
export function leftovers(): Record<"directories" | "mounts" | "uids" | "processes", readonly string[]> {
  const directories = namesIn(join(STATE, "workspaces"))
    .map((name) => join(STATE, "workspaces", name))
    .filter((path) => ownerOf(join(path, ".owner.json")) === process.pid);
  return {
    directories,
    mounts: textOf("/proc/self/mountinfo")
      .split("\n")
      .filter((line) => directories.some((path) => line.includes(path))),
    uids: namesIn(join(STATE, "uids")).filter((name) => ownerOf(join(STATE, "uids", name)) === process.pid),
    processes: childrenOf(process.pid),
  };
}

export const NOTHING_LEFT = { directories: [], mounts: [], uids: [], processes: [] };

function childrenOf(pid: number): string[] {
  return namesIn("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = textOf(`/proc/${name}/stat`);
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(parent) === pid && state !== "Z" ? [textOf(`/proc/${name}/cmdline`).replaceAll("\0", " ")] : [];
    });
}

function ownerOf(file: string): number | undefined {
  const text = textOf(file);
  if (text === "") return undefined;
  const { owner, pid } = JSON.parse(text) as { owner?: { pid: number }; pid?: number };
  return owner?.pid ?? pid;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
