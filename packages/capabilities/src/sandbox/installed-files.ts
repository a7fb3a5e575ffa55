import { createHash, randomBytes } from "node:crypto";
import { cp, mkdir, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mayPass } from "./reachable.ts";
import { stateRoot } from "./state-root.ts";

// Ids that own nothing.
const ANYBODY = { uid: 65_534, gid: 65_534 } as const;

/** Node as the inside gets it. */
export interface NodeInstallation {
  /** The executable, on this machine. */
  readonly executable: string;
  /** npm's folder on this machine, when Node came with it and it is not below /usr. */
  readonly npm: string | undefined;
  /** Whether the inside has it below /usr anyway. */
  readonly inUsr: boolean;
}

/** The supervisor's files, where the user that it runs as can read them: this package may lie below a private home. */
export async function installSupervisor(): Promise<string> {
  const source = fileURLToPath(new URL("./supervisor/", import.meta.url));
  const names = (await readdir(source)).filter((name) => name.endsWith(".mjs")).sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(await readFile(join(source, name)));
  return installOnce(`supervisor-${hash.digest("hex").slice(0, 16)}`, async (target) => {
    for (const name of names) await cp(join(source, name), join(target, name));
  });
}

/** Node, and npm with it, from where it is or from a copy that others can read. */
export async function installNode(): Promise<NodeInstallation> {
  const executable = await realpath(process.execPath);
  if (executable.startsWith("/usr/")) return { executable, npm: undefined, inUsr: true };
  const npm = join(dirname(dirname(executable)), "lib", "node_modules", "npm");
  const hasNpm = await exists(join(npm, "package.json"));
  if (await mayPass(dirname(executable), ANYBODY)) {
    return { executable, npm: hasNpm ? npm : undefined, inUsr: false };
  }
  const { mtimeMs, size } = await stat(executable);
  const copy = await installOnce(`node-${process.version}-${size}-${Math.trunc(mtimeMs)}`, async (target) => {
    await cp(executable, join(target, basename(executable)));
    if (hasNpm) await cp(npm, join(target, "npm"), { recursive: true });
  });
  return { executable: join(copy, basename(executable)), npm: hasNpm ? join(copy, "npm") : undefined, inUsr: false };
}

/** Fills a folder of the state root once, however many processes ask: it gets its name only when it is complete. */
async function installOnce(name: string, fill: (target: string) => Promise<void>): Promise<string> {
  const path = join(await stateRoot(), name);
  if (await exists(path)) return path;
  const unfinished = `${path}.${randomBytes(6).toString("hex")}`;
  await mkdir(unfinished, { mode: 0o755 });
  try {
    await fill(unfinished);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(path))) throw error;
  }
  return path;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
