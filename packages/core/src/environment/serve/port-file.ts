import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "../../util/ids.ts";

/** What a server leaves for commands on the same machine. Holds a secret. */
export interface PortFile {
  readonly port: number;
  readonly url: string;
  /** null when the server wants none */
  readonly token: string | null;
  readonly pid: number;
}

/**
 * Writes `<hudDir>/serve/<port>.json`, readable by this user only, in one step: a reader sees the whole file or none.
 * Disposing removes it.
 *
 * @param hudDir the project's `.hud` directory
 */
export async function writePortFile(
  hudDir: string,
  file: PortFile,
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = join(hudDir, "serve");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${file.port}.json`);
  const draft = join(directory, `.${file.port}.${randomId()}`);
  try {
    await writeFile(draft, `${JSON.stringify(file)}\n`, { mode: 0o600, flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return { path, [Symbol.asyncDispose]: () => removeOwn(hudDir, file) };
}

/** Reads the file of the server on `port`; undefined when there is none, or when its process is gone. */
export async function readPortFile(hudDir: string, port: number): Promise<PortFile | undefined> {
  const file = await parse(join(hudDir, "serve", `${port}.json`));
  return file !== undefined && isAlive(file.pid) ? file : undefined;
}

/** The servers of a project that still run, by port. */
export async function listPortFiles(hudDir: string): Promise<readonly PortFile[]> {
  const names = await readdir(join(hudDir, "serve")).catch(() => []);
  const ports = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  const files = await Promise.all(ports.sort((a, b) => a - b).map((port) => readPortFile(hudDir, port)));
  return files.filter((file) => file !== undefined);
}

// A later server on the same port has overwritten the file: that one is not ours to remove.
async function removeOwn(hudDir: string, own: PortFile): Promise<void> {
  const path = join(hudDir, "serve", `${own.port}.json`);
  const current = await parse(path);
  if (current?.pid === own.pid && current.token === own.token) await rm(path, { force: true });
}

async function parse(path: string): Promise<PortFile | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { port, url, token, pid } = value as Record<string, unknown>;
  if (typeof port !== "number" || typeof url !== "string" || typeof pid !== "number") return undefined;
  if (typeof token !== "string" && token !== null) return undefined;
  return { port, url, token, pid };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // alive, and another user's
  }
}
