import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Capability } from "@hud-ts/core/spec";
import type { WorkspaceOptions } from "../options.ts";
import { type Workspace, workspace } from "../workspace.ts";

/** A temporary directory with files; disposing removes it. */
export function directoryWith(files: Readonly<Record<string, string>>): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "hud-workspace-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What a daemon is given by an environment without a root. */
export function daemonContext(root?: string) {
  return { environment: "test", root, signal: new AbortController().signal };
}

/** A workspace that has started and has its baseline. */
export interface StartedWorkspace extends AsyncDisposable {
  readonly shell: Workspace;
  readonly seed: string;
  readonly capability: Capability;
  /** Runs a command over the snapshot. */
  grade(command: string, options?: Partial<Parameters<Workspace["run"]>[0]>): ReturnType<Workspace["run"]>;
}

/** Starts a workspace over a seed of the given files. */
export async function startedWorkspace(
  files: Readonly<Record<string, string>>,
  options?: WorkspaceOptions,
): Promise<StartedWorkspace> {
  const seed = directoryWith(files);
  const shell = workspace(seed.path, options);
  const [capability] = await shell.start(daemonContext());
  if (capability === undefined) throw new Error("nothing was published");
  await shell.baseline?.(daemonContext());
  return {
    shell,
    seed: seed.path,
    capability,
    grade: (command, request) => shell.run({ command, ...request }, { signal: AbortSignal.timeout(20_000) }),
    async [Symbol.asyncDispose]() {
      await shell.stop();
      seed[Symbol.dispose]();
    },
  };
}
