import { stat } from "node:fs/promises";
import { dirname } from "node:path";

const OTHERS_EXECUTE = 0o001;
const OTHERS_READ = 0o004;

/** Whether any user may reach `path` and read it (enter it, when it is a directory). Says nothing of what lies below. */
export async function readableByOthers(path: string): Promise<boolean> {
  const stats = await stat(path);
  const needed = stats.isDirectory() ? OTHERS_READ | OTHERS_EXECUTE : OTHERS_READ;
  return (stats.mode & needed) === needed && (await passableByOthers(dirname(path)));
}

/** Whether any user may pass through `directory` and everything above it. */
export async function passableByOthers(directory: string): Promise<boolean> {
  const stats = await stat(directory);
  if ((stats.mode & OTHERS_EXECUTE) === 0) return false;
  const parent = dirname(directory);
  return parent === directory || (await passableByOthers(parent));
}
