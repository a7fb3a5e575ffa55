import { readdir, readFile, readlink } from "node:fs/promises";

const LISTENING = "0A";

/**
 * Which process listens on a TCP port, as far as Linux tells: `pid 4711 (node)`. Undefined elsewhere, and for processes of other users.
 * The name only: arguments may hold secrets.
 */
export async function portHolder(port: number): Promise<string | undefined> {
  const inodes = new Set([...(await listeningInodes("tcp", port)), ...(await listeningInodes("tcp6", port))]);
  if (inodes.size === 0) return undefined;
  for (const pid of await names("/proc")) {
    if (!/^\d+$/.test(pid) || !(await ownsSocket(pid, inodes))) continue;
    const command = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    return `pid ${pid} (${command.trim() || "unknown"})`;
  }
  return undefined;
}

async function listeningInodes(table: "tcp" | "tcp6", port: number): Promise<string[]> {
  const text = await readFile(`/proc/net/${table}`, "utf8").catch(() => "");
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return text.split("\n").flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return local?.endsWith(suffix) && state === LISTENING && inode !== undefined ? [inode] : [];
  });
}

async function ownsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  for (const fd of await names(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

async function names(directory: string): Promise<string[]> {
  return await readdir(directory).catch(() => []);
}
