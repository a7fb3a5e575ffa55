import { setMaxListeners } from "node:events";
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
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
  const directory = await createStateDirectory("tests");
  const root = join(directory.path, "root");
  await mkdir(root, { mode: 0o700 });
  const lease = process.getuid?.() === 0 && options.isolation !== "none" ? await allocateUids() : undefined;
  if (lease !== undefined) await chown(root, lease.uids.agent, lease.uids.agent);
  const sandbox = await startSandbox({ root, ...(lease && { uids: lease.uids }), ...options }, { signal: never });
  return {
    sandbox,
    root,
    async sh(command, user = "agent") {
      const { stdout, stderr } = await sandbox.run({ command }, { signal: never, user });
      return stdout + stderr;
    },
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      await lease?.[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
