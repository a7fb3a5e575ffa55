import { randomBytes } from "node:crypto";
import { access, mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { delay } from "@hud-ts/core/adapter";
import type { ResolvedLimits } from "./limits.ts";

/** A control group of one sandbox: what it enforces, and its end. */
export interface ControlGroup extends AsyncDisposable {
  readonly enforcesMemory: boolean;
  /** Moves a process in; what it starts follows. */
  join(pid: number): Promise<void>;
}

/** Threads of the supervisor and of bwrap, beside those of the agent and the grader. */
const OWN_TASKS = 64;

const REMOVE_ATTEMPTS = 50;

/** Makes a group below our own, in version 2 or version 1 of cgroups, whichever may be written to; absent where neither may. */
export async function createControlGroup(limits: ResolvedLimits): Promise<ControlGroup | undefined> {
  const name = `hud-${randomBytes(8).toString("hex")}`;
  const own = await ownGroups();
  const unified = own.unified === undefined ? undefined : await createUnified(join(own.unified, name), limits);
  const directories = unified === undefined ? await createHierarchies(own.hierarchies, name, limits) : [unified];
  if (directories.length === 0) return undefined;
  return {
    enforcesMemory:
      unified !== undefined || directories.some((directory) => directory === join(own.hierarchies.memory ?? "", name)),
    async join(pid) {
      for (const directory of directories) await writeFile(join(directory, "cgroup.procs"), String(pid));
    },
    async [Symbol.asyncDispose]() {
      for (const directory of directories) await removeGroup(directory);
    },
  };
}

interface OwnGroups {
  readonly unified: string | undefined;
  readonly hierarchies: { readonly memory?: string; readonly pids?: string };
}

// cgroups(7): a line of /proc/self/cgroup is number:controllers:path; 0 and no controllers is version 2.
async function ownGroups(): Promise<OwnGroups> {
  const lines = (await readFile("/proc/self/cgroup", "utf8").catch(() => "")).split("\n");
  const path = (controller: string) =>
    lines
      .find((line) => line.split(":")[1] === controller)
      ?.split(":")
      .slice(2)
      .join(":");
  const [unified, memory, pids] = [path(""), path("memory"), path("pids")];
  return {
    unified: unified === undefined ? undefined : join("/sys/fs/cgroup", unified),
    hierarchies: {
      ...(memory === undefined ? {} : { memory: join("/sys/fs/cgroup/memory", memory) }),
      ...(pids === undefined ? {} : { pids: join("/sys/fs/cgroup/pids", pids) }),
    },
  };
}

async function createUnified(directory: string, limits: ResolvedLimits): Promise<string | undefined> {
  if (!(await makeGroup(directory))) return undefined;
  try {
    await writeFile(join(directory, "pids.max"), String(2 * limits.processes + OWN_TASKS));
    if (limits.memoryBytes !== undefined) {
      await writeFile(join(directory, "memory.max"), String(limits.memoryBytes));
      await writeFile(join(directory, "memory.swap.max"), "0").catch(() => {}); // a kernel without swap accounting
    }
    return directory;
  } catch {
    await rmdir(directory).catch(() => {}); // the controllers are not handed down to us
    return undefined;
  }
}

async function createHierarchies(
  own: OwnGroups["hierarchies"],
  name: string,
  limits: ResolvedLimits,
): Promise<string[]> {
  const wanted = [
    { parent: own.pids, file: "pids.max", value: 2 * limits.processes + OWN_TASKS },
    { parent: own.memory, file: "memory.limit_in_bytes", value: limits.memoryBytes },
  ];
  const made: string[] = [];
  for (const { parent, file, value } of wanted) {
    if (parent === undefined || value === undefined) continue;
    const directory = join(parent, name);
    if (!(await makeGroup(directory))) continue;
    const set = await writeFile(join(directory, file), String(value)).then(
      () => true,
      () => false,
    );
    if (set) made.push(directory);
    else await rmdir(directory).catch(() => {});
  }
  return made;
}

// Outside a mounted hierarchy this would be an ordinary directory; only a real group has cgroup.procs.
async function makeGroup(directory: string): Promise<boolean> {
  try {
    await mkdir(directory);
    await access(join(directory, "cgroup.procs"));
    return true;
  } catch {
    await rmdir(directory).catch(() => {});
    return false;
  }
}

// A group can be removed once the kernel has finished with its last process, a moment after that is gone.
async function removeGroup(directory: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rmdir(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      if (attempt === REMOVE_ATTEMPTS) throw error;
      await delay(10);
    }
  }
}
