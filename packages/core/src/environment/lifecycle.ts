import { errorText, SdkError } from "../errors/sdk-error.ts";
import type { CapabilityDaemon, DaemonContext } from "../spec/capability.ts";
import { onAbort, raceAbort } from "../util/abort.ts";
import { acquire } from "../util/acquire.ts";
import { deadline } from "../util/deadline.ts";
import type { Bindings } from "./bindings.ts";
import type { TaskContext } from "./definition.ts";

/** What a lifecycle hook is given. */
export interface HookContext {
  /** Fires when the start is given up, or the stop has taken too long. */
  readonly signal: AbortSignal;
}

/** Code that runs around an environment's life. */
export type LifecycleHook = (context: HookContext) => unknown;

/** Code that runs when a task is over, however it ended. */
export type TaskTeardownHook = (context: TaskContext) => unknown;

/** What an environment declares about its life, in the order of declaration. */
export interface LifecycleParts {
  readonly daemons: CapabilityDaemon[];
  readonly initialize: LifecycleHook[];
  readonly shutdown: LifecycleHook[];
}

interface TeardownStep {
  readonly name: string;
  run(signal: AbortSignal): unknown;
}

interface StartState {
  /** Gives the start up; undefined once it has succeeded. */
  readonly controller: AbortController | undefined;
  /** Resolves when it is up, or when a start that failed has been taken down. */
  readonly settled: Promise<unknown>;
}

// One step that hangs must not keep the others, or the process, from ending.
const TEARDOWN_STEP_MS = 30_000;

// What the machine lacks is nothing the environment could help: these keep their code, their blame and their hint.
const MACHINE_CODES = ["ISOLATION_UNAVAILABLE", "PEER_DEPENDENCY_MISSING"] as const;

/** Brings an environment up, daemons then hooks, puts it back to its baseline, and takes it down in reverse. */
export class Lifecycle {
  readonly #name: string;
  readonly #parts: LifecycleParts;
  readonly #bindings: Bindings;
  readonly #teardown: TeardownStep[] = [];
  #start: StartState | undefined;
  #stop: Promise<readonly unknown[]> | undefined;

  constructor(name: string, parts: LifecycleParts, bindings: Bindings) {
    this.#name = name;
    this.#parts = parts;
    this.#bindings = bindings;
  }

  /** Whether it is up, coming up, or going down. */
  get active(): boolean {
    return this.#start !== undefined;
  }

  async start(root: string | undefined, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.active) {
      throw new SdkError({
        code: "INVALID_OPTION",
        message: `environment '${this.#name}' is started already`,
        hint: "stop it first, or share one in-process placement",
      });
    }
    const controller = new AbortController();
    // Followed for the start only: what daemons and hooks were given must not fire for one that succeeded.
    using _follow = onAbort(signal, () => controller.abort(signal.reason));
    const attempt = this.#attempt({ environment: this.#name, root, signal: controller.signal });
    this.#start = { controller, settled: attempt.catch(() => {}) };
    await attempt;
    this.#start = { controller: undefined, settled: attempt };
  }

  async reset(root: string | undefined, signal: AbortSignal): Promise<void> {
    const controller = new AbortController();
    using _follow = onAbort(signal, () => controller.abort(signal.reason)); // for the reset only, as with a start
    const context = { environment: this.#name, root, signal: controller.signal };
    for (const [index, daemon] of this.#parts.daemons.entries()) {
      await this.#step(`reset of ${daemonName(daemon, index)}`, context.signal, () =>
        this.#resetDaemon(daemon, context),
      );
    }
  }

  /** Ends a start in progress, then takes down what is up. The failures are given back. */
  stop(): Promise<readonly unknown[]> {
    this.#stop ??= this.#end().finally(() => {
      this.#stop = undefined;
    });
    return this.#stop;
  }

  async #end(): Promise<readonly unknown[]> {
    const start = this.#start;
    start?.controller?.abort(new SdkError({ code: "ABORTED", message: `environment '${this.#name}' was stopped` }));
    await start?.settled;
    const failures = await this.#takeDown();
    this.#start = undefined;
    return failures;
  }

  async #attempt(context: DaemonContext): Promise<void> {
    try {
      await this.#bringUp(context);
    } catch (error) {
      const teardown = await this.#takeDown();
      this.#start = undefined;
      throw context.signal.aborted ? context.signal.reason : withTeardown(error, teardown);
    }
  }

  async #bringUp(context: DaemonContext): Promise<void> {
    const { signal } = context;
    const { daemons, initialize, shutdown } = this.#parts;
    this.#bindings.begin();
    this.#teardown.push({ name: "bindings", run: () => this.#bindings.end() });
    for (const [index, daemon] of daemons.entries()) {
      const name = daemonName(daemon, index);
      // Before the start: a daemon that failed half-way is told to clean up as well.
      this.#teardown.push({ name: `stop of ${name}`, run: () => daemon.stop() });
      await this.#step(`start of ${name}`, signal, () => this.#startDaemon(daemon, context));
    }
    // Before the first hook, for the same reason: what it began is released although it, or the next, failed.
    this.#teardown.push(
      ...shutdown.map((hook, index) => ({
        name: hookName("shutdown", hook, index),
        run: (late: AbortSignal) => hook({ signal: late }),
      })),
    );
    for (const [index, hook] of initialize.entries()) {
      await this.#step(hookName("initialize", hook, index), signal, () => hook({ signal }));
    }
    for (const [index, daemon] of daemons.entries()) {
      await this.#step(`baseline of ${daemonName(daemon, index)}`, signal, () => daemon.baseline?.(context));
    }
  }

  async #startDaemon(daemon: CapabilityDaemon, context: DaemonContext): Promise<void> {
    const started = await acquire(async () => new Started(daemon, await daemon.start(context)), context.signal);
    this.#bindings.publishFrom(daemon, started.capabilities);
  }

  async #resetDaemon(daemon: CapabilityDaemon, context: DaemonContext): Promise<void> {
    if (daemon.reset !== undefined) return await daemon.reset(context);
    await daemon.stop();
    await this.#startDaemon(daemon, context);
    await daemon.baseline?.(context);
  }

  async #step(name: string, signal: AbortSignal, run: () => unknown): Promise<void> {
    signal.throwIfAborted();
    try {
      await raceAbort(settled(run), signal);
    } catch (error) {
      if (signal.aborted || MACHINE_CODES.some((code) => SdkError.is(error, code))) throw error;
      throw new SdkError({
        code: "ENVIRONMENT_START_FAILED",
        message: `environment '${this.#name}': ${name} failed: ${errorText(error)}`,
        hint: SdkError.is(error) ? error.hint : undefined,
        cause: error,
      });
    }
  }

  async #takeDown(): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    for (let step = this.#teardown.pop(); step !== undefined; step = this.#teardown.pop()) {
      failures.push(...(await runTeardown(step)));
    }
    return failures;
  }
}

/** Runs every teardown hook of a task, latest first; the failures are given back. */
export async function runTaskTeardown(
  hooks: readonly TaskTeardownHook[],
  context: TaskContext,
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const [index, hook] of [...hooks.entries()].reverse()) {
    failures.push(...(await runTeardown({ name: hookName("task teardown", hook, index), run: () => hook(context) })));
  }
  return failures;
}

async function runTeardown(step: TeardownStep): Promise<readonly unknown[]> {
  using bound = deadline({ ms: TEARDOWN_STEP_MS, message: `did not end within ${TEARDOWN_STEP_MS} ms` });
  try {
    await raceAbort(
      settled(() => step.run(bound.signal)),
      bound.signal,
    );
    return [];
  } catch (error) {
    return [new Error(`${step.name} failed: ${errorText(error)}`, { cause: error })];
  }
}

/** Runs at once; what it throws is a rejection, like what it rejects with. */
async function settled(run: () => unknown): Promise<unknown> {
  return await run();
}

class Started implements AsyncDisposable {
  readonly #daemon: CapabilityDaemon;
  readonly capabilities: Awaited<ReturnType<CapabilityDaemon["start"]>>;

  constructor(daemon: CapabilityDaemon, capabilities: Awaited<ReturnType<CapabilityDaemon["start"]>>) {
    this.#daemon = daemon;
    this.capabilities = capabilities;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop();
  }
}

/** The first cause stays first; what went wrong afterwards is a detail of it. */
function withTeardown(error: unknown, failures: readonly unknown[]): unknown {
  if (failures.length === 0 || !SdkError.is(error)) return error;
  return new SdkError({
    code: error.code,
    message: error.message,
    hint: error.hint,
    cause: error.cause,
    details: { ...error.details, teardown: failures.map(errorText) },
  });
}

function daemonName(daemon: CapabilityDaemon, index: number): string {
  const kind = daemon.constructor?.name;
  return `daemon ${index + 1}${kind === undefined || kind === "Object" ? "" : ` (${kind})`}`;
}

function hookName(phase: string, hook: (...args: never[]) => unknown, index: number): string {
  return `${phase} hook ${index + 1}${hook.name === "" ? "" : ` (${hook.name})`}`;
}
