import { readdir, stat } from "node:fs/promises";

/** The users that have processes on this machine, zombies included. */
export async function usersWithProcesses(): Promise<ReadonlySet<number>> {
  const users = new Set<number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stats = await stat(`/proc/${name}`).catch(() => undefined); // gone meanwhile
    if (stats !== undefined) users.add(stats.uid);
  }
  return users;
}
