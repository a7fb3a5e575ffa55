import { SdkError } from "@hud-ts/core/adapter";
import type { CommandRequest, CommandResult } from "@hud-ts/core/spec";
import type { Mount, Sandbox } from "../sandbox/contract.ts";
import { gradingFiles, type ShownFile } from "./grading-files.ts";
import { beneath, workspacePath } from "./guest-path.ts";
import { makeMountPlace } from "./mount-place.ts";
import { restorePaths } from "./restore-paths.ts";
import type { SeedContext } from "./seed-directory.ts";
import type { FrozenTree, LayerStore } from "./state/layer-store.ts";

/** What commands are graded in. */
export interface GradingRoom {
  readonly store: LayerStore;
  /** What `restore` puts paths back to. */
  readonly baseline: FrozenTree;
  readonly owner: number | undefined;
  readonly guestPath: string;
  readonly context: SeedContext;
  /** False where isolation was given up: nothing can be mounted there. */
  readonly isolated: boolean;
  /** Starts a sandbox without a way out. */
  start(view: { readonly root: string; readonly mounts: readonly Mount[] }, signal: AbortSignal): Promise<Sandbox>;
}

/**
 * Runs one command in a fresh sandbox over a state of its own: what it writes is seen by no other command and kept nowhere.
 *
 * @throws INVALID_OPTION for files or paths that cannot be
 */
export async function gradeTree(
  tree: FrozenTree,
  request: CommandRequest,
  { room, signal }: { readonly room: GradingRoom; readonly signal: AbortSignal },
): Promise<CommandResult> {
  const { files = {}, restore = [], ...command } = request;
  const paths = restore.map((path) => workspacePath(path, [room.guestPath]));
  const shown = await gradingFiles(files, room.context);
  const stage = await room.store.stage(tree);
  try {
    if (paths.length > 0) await putBack(paths, stage.path, room);
    if (room.isolated) await makePlaces(shown, stage.path, room);
    signal.throwIfAborted();
    const mounts = room.isolated ? shown.map(({ source, target }) => ({ source, target, readOnly: true })) : [];
    await using sandbox = await room.start({ root: stage.path, mounts }, signal);
    const run = room.isolated
      ? command
      : whereItLies(command, [...shown, { source: stage.path, target: room.guestPath }]);
    return await outcomeOf(sandbox.run(run, { signal }));
  } finally {
    await stage.discard();
  }
}

/** A sandbox that was brought down from inside is a command that failed: nobody is excused from a grade by ending it. */
export async function outcomeOf(running: Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await running;
  } catch (error) {
    if (!SdkError.is(error, "CAPABILITY_LOST")) throw error;
    return { exitCode: null, stdout: "", stderr: `${error.message}\n`, timedOut: false, droppedBytes: 0 };
  }
}

async function putBack(paths: readonly string[], to: string, room: GradingRoom): Promise<void> {
  await using baseline = await room.store.view(room.baseline);
  await restorePaths(paths, { from: baseline.path, to, owner: room.owner });
}

/** What is mounted inside the workspace needs a place to be mounted upon. */
async function makePlaces(files: readonly ShownFile[], root: string, room: GradingRoom): Promise<void> {
  for (const { target, kind } of files) {
    const path = beneath(room.guestPath, target);
    if (path !== undefined) await makeMountPlace({ root, path, kind, owner: room.owner });
  }
}

/** Without a sandbox nothing is mounted: where the command names a path inside, it is given the path of what lies there. */
function whereItLies<T extends Pick<CommandRequest, "command" | "cwd">>(
  request: T,
  files: readonly Pick<ShownFile, "source" | "target">[],
): T {
  const translate = (text: string) =>
    files.reduce((done, { source, target }) => done.replace(pathPattern(target), () => source), text);
  return {
    ...request,
    command: translate(request.command),
    ...(request.cwd !== undefined && { cwd: translate(request.cwd) }),
  };
}

function pathPattern(path: string): RegExp {
  return new RegExp(`(?<![\\w./-])${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w.-])`, "g");
}
