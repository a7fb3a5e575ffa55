import path from "node:path";
import { deadline, randomToken, SdkError } from "@hud-ts/core/adapter";
import type { RuntimeLease, RuntimeV1, TaskRow } from "@hud-ts/core/spec";
import { bundleSource } from "../source/bundle.ts";
import { type ResolvedSource, resolveSource } from "../source/resolve-source.ts";
import { checkRow } from "./check-row.ts";
import { Child, type ChildOptions } from "./child.ts";
import { childLease } from "./child-lease.ts";
import { SpareChildren } from "./spare-children.ts";

/** What {@link childProcess} places, and how. */
export interface ChildProcessOptions {
  /** A `.ts` or `.js` module, or a directory of them, that declares the environments. Relative to the working directory of this moment. */
  readonly source: string;
  /**
   * Processes kept started in advance while a job runs, with the SDK loaded and no user code:
   * they take the start of Node out of a rollout's start. Integer ≥ 0.
   *
   * @default 0
   */
  readonly spare?: number | undefined;
  /** Environment variables for the processes, added to this one's. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds within which the environment must serve; a row's `limits.startupTimeoutS` wins. @default 120_000 */
  readonly readyTimeoutMs?: number | undefined;
  /** Milliseconds an environment has for stopping before its processes are killed. @default 10_000 */
  readonly stopGraceMs?: number | undefined;
  /** Sends on to this process's stderr what the environments print. @default false */
  readonly verbose?: boolean | undefined;
}

const READY_TIMEOUT_MS = 120_000;
const STOP_GRACE_MS = 10_000;

/**
 * Places each row's environment in a process of its own on this machine: the source is loaded fresh for every
 * lease, in its own directory, and what the environment started ends with its process group. A killed parent
 * leaves no process behind.
 *
 * @throws INVALID_OPTION
 *
 * @example
 * ```ts
 * import { childProcess } from "@hud-ts/runtimes/child-process";
 *
 * const runtime = childProcess({ source: "./tasks.ts", spare: 2 });
 * ```
 */
export function childProcess(options: ChildProcessOptions): RuntimeV1 {
  const { readyTimeoutMs, sourcePath, spare, env, verbose, stopGraceMs } = checkOptions(options);
  let shared: { readonly spares: SpareChildren; holders: number } | undefined;

  const childOptions = (source: ResolvedSource): ChildOptions => ({
    directory: source.directory,
    env,
    verbose,
    stopGraceMs,
  });

  async function acquire(row: TaskRow, { signal }: { readonly signal: AbortSignal }): Promise<RuntimeLease> {
    signal.throwIfAborted();
    checkRow(row);
    const startupS = row.runtimeConfig?.limits?.startupTimeoutS;
    const ms = startupS === undefined ? readyTimeoutMs : startupS * 1_000;
    const message = `environment '${row.env}' of ${options.source} did not serve within ${ms / 1_000} s`;
    using startup = deadline({ ms, message, code: "RUNTIME_START_TIMEOUT", signal });

    const source = await resolveModules(sourcePath);
    await using bundle = await bundleSource(source);
    startup.signal.throwIfAborted();
    const child = shared?.spares.take() ?? new Child(childOptions(source));
    try {
      const token = randomToken();
      const job = { bundle: bundle.file, directory: source.directory, environment: row.env, token, stopGraceMs };
      const port = await child.serve(job, startup.signal);
      shared?.spares.refill();
      return childLease(child, port, token);
    } catch (error) {
      await child.close();
      throw signal.aborted ? error : await child.explain(error);
    }
  }

  async function prepare(rows: readonly TaskRow[], { signal }: { readonly signal: AbortSignal }) {
    for (const row of rows) checkRow(row);
    const source = await resolveModules(sourcePath);
    await using _compiles = await bundleSource(source);
    signal.throwIfAborted();
    shared ??= { spares: new SpareChildren(childOptions(source), spare), holders: 0 };
    const held = shared;
    held.holders += 1;
    let release: Promise<void> | undefined;
    const letGo = async () => {
      held.holders -= 1;
      if (held.holders > 0) return;
      if (shared === held) shared = undefined;
      await held.spares[Symbol.asyncDispose]();
    };
    return { [Symbol.asyncDispose]: () => (release ??= letGo()) };
  }

  return { specVersion: "runtime/1", id: "child-process", acquire, prepare };
}

function checkOptions(options: ChildProcessOptions) {
  const { source, spare = 0, env = {}, verbose = false } = options;
  const { readyTimeoutMs = READY_TIMEOUT_MS, stopGraceMs = STOP_GRACE_MS } = options;
  if (typeof source !== "string" || source === "") throw invalid("source", "a path", source);
  if (!Number.isInteger(spare) || spare < 0) throw invalid("spare", "an integer ≥ 0", spare);
  if (!(readyTimeoutMs > 0)) throw invalid("readyTimeoutMs", "milliseconds > 0", readyTimeoutMs);
  if (!(stopGraceMs >= 0)) throw invalid("stopGraceMs", "milliseconds ≥ 0", stopGraceMs);
  return { sourcePath: path.resolve(source), spare, env, readyTimeoutMs, stopGraceMs, verbose };
}

async function resolveModules(sourcePath: string): Promise<ResolvedSource> {
  const source = await resolveSource(sourcePath);
  if (source.kind !== "data") return source;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `${sourcePath} holds rows; a child process needs the module that declares their environments`,
    hint: "Give the environment's .ts file or directory as the source of the runtime.",
  });
}

function invalid(name: string, expected: string, got: unknown): SdkError {
  return new SdkError({
    code: "INVALID_OPTION",
    message: `childProcess: ${name} must be ${expected}, got ${String(got)}`,
  });
}
