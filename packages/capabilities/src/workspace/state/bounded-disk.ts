import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { isFull, systemTool } from "./system-tool.ts";

/** A directory to be bounded. */
export interface BoundedDiskOptions {
  /** Empty, and mounted upon. */
  readonly point: string;
  /** Where the image lies: as large as what was written, at most. */
  readonly home: string;
  readonly bytes: number;
}

/**
 * Puts a file system of a fixed size on a directory. Only a mount bounds what all files take together: quotas are a matter of how the
 * machine's own file system was made.
 *
 * @returns false where the machine does not allow it
 */
export async function mountBoundedDisk({ point, home, bytes }: BoundedDiskOptions): Promise<boolean> {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return false;
  const image = join(home, "disk.img");
  try {
    await using file = await open(image, "wx", 0o600);
    await file.truncate(bytes);
    // No journal: what is lost with the machine is thrown away anyway. An inode per 4 KiB, as trees of packages are of small files.
    await systemTool("mkfs.ext4", ["-q", "-F", "-m", "0", "-i", "4096", "-O", "^has_journal", image]);
    await systemTool("mount", ["-t", "ext4", "-o", "loop,nosuid,nodev", image, point]);
    return true;
  } catch (error) {
    await rm(image, { force: true });
    if (isFull(error)) throw error;
    return false; // no loop devices, as in most containers, or no mkfs
  }
}
