import { setMaxListeners } from "node:events";
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Scope } from "@hud-ts/core/adapter";
import type { Sandbox, SandboxOptions } from "../contract.ts";
import { startSandbox } from "../start-sandbox.ts";
import { createStateDirectory } from "../state-root.ts";
import { allocateUids } from "../uids.ts";

/** A sandbox over a fresh directory, both gone when it is disposed. */
export interface TestSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly root: string;
  /** Runs a command and gives what it printed. */
  sh(command: string, user?: "agent" | "grader"): Promise<string>;
}

export const never = new AbortController().signal;
setMaxListeners(0, never);

export async function testSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const scope = new Scope();
  try {
    const directory = scope.use(await createStateDirectory("tests"));
    const root = join(directory.path, "root");
    await mkdir(root, { mode: 0o700 });
    const lease = options.isolation === "none" ? undefined : scope.use(await allocateUids());
    if (lease !== undefined) await chown(root, lease.uids.agent, lease.uids.agent);
    const users = lease === undefined ? {} : { uids: lease.uids };
    const sandbox = scope.use(await startSandbox({ root, ...users, ...options }, { signal: never }));
    return {
      sandbox,
      root,
      async sh(command, user = "agent") {
        const { stdout, stderr } = await sandbox.run({ command }, { signal: never, user });
        return stdout + stderr;
      },
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}
