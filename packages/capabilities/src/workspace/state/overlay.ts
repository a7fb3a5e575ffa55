import { SdkError } from "@hud-ts/core/adapter";
import { systemTool } from "./system-tool.ts";

/** One overlay: what is written goes to `upper`, everything else is read from the layers below, topmost first. */
export interface Overlay {
  /** Directory against which the other paths resolve: short names keep many layers within the one page that options may take. */
  readonly base: string;
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly point: string;
}

/** @throws STORAGE_FAILED where the kernel, the filesystem or the user does not allow it */
export async function mountOverlay({ base, lower, upper, work, point }: Overlay): Promise<void> {
  // redirect_dir: without it a directory of the seed cannot be renamed. volatile: what is thrown away need not be synced.
  const options = `nosuid,nodev,redirect_dir=on,volatile,lowerdir=${lower.join(":")},upperdir=${upper},workdir=${work}`;
  await systemTool("mount", ["-t", "overlay", "-o", options, "hud-workspace", point], base);
}

/** Unmounts; what is not mounted is no error. What is still in use goes away with its last user. */
export async function unmount(point: string): Promise<void> {
  try {
    await systemTool("umount", [point]);
  } catch (error) {
    if (SdkError.is(error) && /not mounted|no mount point|not found/i.test(error.message)) return;
    await systemTool("umount", ["--lazy", point]);
  }
}
