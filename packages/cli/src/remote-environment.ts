import { type ErrorCode, Scope, SdkError } from "@hud-ts/core/adapter";
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

const REMARK_MS = 2_000;

/** Whether the text is the address of a served environment. */
export function isControlUrl(text: string): boolean {
  return /^(tcp|unix):\/\//.test(text);
}

/** The placement of a served environment; its token comes from the file, or from what a server left in `.hud`. */
export async function remoteRuntime(context: CliContext, target: RemoteTarget): Promise<RuntimeV1> {
  const { remote } = await import("@hud-ts/runtimes/remote");
  const runtime = remote(target.url, {
    tokenFile: target.tokenFile === undefined ? undefined : fromCwd(context, target.tokenFile),
    hudDir: fromCwd(context, ".hud"),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  const prepare = runtime.prepare?.bind(runtime);
  if (prepare === undefined) return runtime;
  return { ...runtime, prepare: (rows, options) => reaching(context, target.url, () => prepare(rows, options)) };
}

/** Leases a served environment for something that is no task. */
export async function remoteLease(context: CliContext, target: RemoteTarget): Promise<RuntimeLease> {
  const nothing: TaskRow = { env: "remote", id: "remote", args: {}, slug: "remote" };
  return (await remoteRuntime(context, target)).acquire(nothing, { signal: context.signal });
}

/** A client of a lease, which it closes with itself. */
export async function connectLease(
  context: CliContext,
  lease: RuntimeLease,
  options: { readonly park?: boolean } = {},
): Promise<{ readonly client: Client } & AsyncDisposable> {
  const { connectClient } = await import("@hud-ts/core/client");
  const scope = new Scope();
  scope.use(lease);
  try {
    const client = scope.use(
      await reaching(context, lease.url ?? lease.placement, () =>
        connectClient({
          connect: (connecting) => lease.connect(connecting),
          token: lease.token,
          readyTimeoutMs: READY_TIMEOUT_MS,
          signal: context.signal,
          ...options,
        }),
      ),
    );
    return { client, [Symbol.asyncDispose]: () => scope.close() };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

/** Connects, says so when it takes a while, and explains a failure by the address and the flags that a person gave. */
async function reaching<T>({ output }: CliContext, url: string, connect: () => Promise<T>): Promise<T> {
  const waiting = setTimeout(() => output.note(`Waiting for ${url} to answer …`), REMARK_MS);
  try {
    return await connect();
  } catch (error) {
    if (!SdkError.is(error)) throw error;
    const hint = HINTS[error.code];
    const message =
      error.code === "RUNTIME_AUTH" ? `no access to ${url}: ${firstPart(error.message)}` : `${url}: ${error.message}`;
    throw hint === undefined ? error : new SdkError({ code: error.code, message, hint, cause: error });
  } finally {
    clearTimeout(waiting);
  }
}

const SERVE_FIRST = "Serve it first, with `hud serve env.ts`, and take the address from there.";
const HINTS: Partial<Record<ErrorCode, string>> = {
  RUNTIME_AUTH: "Run this where `hud serve` was started, which leaves its token in .hud, or give --token-file.",
  RUNTIME_START_TIMEOUT: SERVE_FIRST,
  RUNTIME_START_FAILED: SERVE_FIRST,
};

// What follows the colon tells the author of a client what to send; whoever uses this one has a flag for it.
function firstPart(text: string): string {
  return text.replace(/: open with hello .*/s, "");
}
