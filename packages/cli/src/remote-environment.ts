import { Scope } from "@hud-ts/core/adapter";
import type { Client } from "@hud-ts/core/client";
import type { RuntimeLease, RuntimeV1, TaskRow } from "@hud-ts/core/spec";
import { type CliContext, fromCwd } from "./context.ts";

/** A served environment, as the command line names it. */
export interface RemoteTarget {
  readonly url: string;
  readonly tokenFile?: string | undefined;
}

// Somebody who names an address expects it to answer; a container that is still starting gets this long.
const READY_TIMEOUT_MS = 30_000;

/** Whether the text is the address of a served environment. */
export function isControlUrl(text: string): boolean {
  return /^(tcp|unix):\/\//.test(text);
}

/** The placement of a served environment; its token comes from the file, or from what a server left in `.hud`. */
export async function remoteRuntime(context: CliContext, target: RemoteTarget): Promise<RuntimeV1> {
  const { remote } = await import("@hud-ts/runtimes/remote");
  return remote(target.url, {
    tokenFile: target.tokenFile === undefined ? undefined : fromCwd(context, target.tokenFile),
    hudDir: fromCwd(context, ".hud"),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}

/** Leases a served environment for something that is no task. */
export async function remoteLease(context: CliContext, target: RemoteTarget): Promise<RuntimeLease> {
  const nothing: TaskRow = { env: "remote", id: "remote", args: {}, slug: "remote" };
  return (await remoteRuntime(context, target)).acquire(nothing, { signal: context.signal });
}

/** A client of a lease, which it closes with itself. */
export async function connectLease(
  lease: RuntimeLease,
  options: { readonly park?: boolean; readonly signal: AbortSignal },
): Promise<{ readonly client: Client } & AsyncDisposable> {
  const { connectClient } = await import("@hud-ts/core/client");
  const scope = new Scope();
  scope.use(lease);
  try {
    const client = scope.use(
      await connectClient({
        connect: (connecting) => lease.connect(connecting),
        token: lease.token,
        readyTimeoutMs: READY_TIMEOUT_MS,
        ...options,
      }),
    );
    return { client, [Symbol.asyncDispose]: () => scope.close() };
  } catch (error) {
    await scope.close();
    throw error;
  }
}
