import type { CommandTarget } from "@hud-ts/core/spec";
import { workspacePath } from "./guest-path.ts";
import type { RunningWorkspace } from "./running-workspace.ts";
import { type ReadFileOptions, readRegularFile } from "./workspace-files.ts";

/** A state of a workspace, kept: commands run over it in fresh sandboxes. Disposing gives it up. */
export interface WorkspaceSnapshot extends CommandTarget, AsyncDisposable {
  readonly phase: "snapshot";
  /** Reads a file as the workspace's own `readFile` does. */
  readFile(path: string, options?: ReadFileOptions): Promise<Buffer | undefined>;
}

/** Freezes a workspace and gives what it was. */
export async function takeSnapshot(running: RunningWorkspace): Promise<WorkspaceSnapshot> {
  const tree = await running.capture();
  let held = true;
  return {
    specVersion: "command-target/1",
    phase: "snapshot",
    run: (request, { signal }) => running.runOver(tree, request, signal),
    async readFile(path, options) {
      const relative = workspacePath(path, running.tops);
      await using view = await running.view(tree);
      return await readRegularFile(view.path, relative, options);
    },
    async [Symbol.asyncDispose]() {
      if (held) running.release(tree);
      held = false;
    },
  };
}
