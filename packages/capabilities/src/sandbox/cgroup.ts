import { randomBytes } from "node:crypto";
import { access, mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { delay } from "@hud-ts/core/adapter";
import type { ResolvedLimits } from "./limits.ts";
import { isGone, type Owner, thisOwner } from "./owner.ts";

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
  const name = groupName(await thisOwner());
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
      for (const directory of directories) await removeControlGroup(directory);
    },
  };
}

/** Groups that dead processes made below ours. */
export async function deadControlGroups(): Promise<readonly { readonly path: string; readonly pid: number }[]> {
  const boot = (await thisOwner()).startedAt?.split(":")[0];
  const { unified, hierarchies } = await ownGroups();
  const dead: { path: string; pid: number }[] = [];
  for (const parent of [unified, hierarchies.memory, hierarchies.pids]) {
    if (parent === undefined) continue;
    for (const name of await readdir(parent).catch(() => [])) {
      const maker = parseGroupName(name, boot);
      if (maker !== undefined && (await isGone(maker))) dead.push({ path: join(parent, name), pid: maker.pid });
    }
  }
  return dead;
}

// A group holds no files of ours, so its name tells who made it: pid, clock ticks at its start, pid namespace.
function groupName({ pid, startedAt, namespace }: Owner): string {
  const [, ticks = "0"] = startedAt?.split(":") ?? [];
  const [number = "0"] = /\d+/.exec(namespace) ?? [];
  return `hud-${pid}-${ticks}-${number}-${randomBytes(8).toString("hex")}`;
}

function parseGroupName(name: string, boot: string | undefined): Owner | undefined {
  const [, pid, ticks, number] = /^hud-(\d+)-(\d+)-(\d+)-[0-9a-f]{16}$/.exec(name) ?? [];
  return pid === undefined
    ? undefined
    : { pid: Number(pid), startedAt: `${boot}:${ticks}`, namespace: `pid:[${number}]` };
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

/** Removes a group: possible once the kernel has finished with its last process, a moment after that is gone. */
export async function removeControlGroup(directory: string): Promise<void> {
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
