import type { Duplex } from "node:stream";
import { errorText, SdkError } from "../errors/sdk-error.ts";
import type { RuntimeLease, RuntimeV1 } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { raceAbort, withResolvers } from "../util/abort.ts";
import { Scope } from "../util/scope.ts";
import { memoryPair } from "../wire/memory-pair.ts";
import type { ServedEnvironment } from "./definition.ts";
import { preflight } from "./preflight.ts";
import { ControlServer } from "./serve/control-server.ts";

/**
 * Places rows in this very process, against the given environments: no port, nothing for an agent to reach but what the
 * environment exposes. An environment starts with its first lease and stops after the last one, or after the job.
 * One that has attached daemons runs one task at a time.
 *
 * @throws INVALID_OPTION for no environment, or two of one name
 */
export function inProcess(environments: ServedEnvironment | readonly ServedEnvironment[]): RuntimeV1 {
  const list = Array.isArray(environments)
    ? (environments as readonly ServedEnvironment[])
    : [environments as ServedEnvironment];
  const hosts = new Map(list.map((environment) => [environment.name, hostOfEnvironment(environment)]));
  if (hosts.size === 0)
    throw new SdkError({ code: "INVALID_OPTION", message: "inProcess: expected at least one environment, got none" });
  if (hosts.size < list.length) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `inProcess: expected environments of different names, got ${list.map(({ name }) => name).join(", ")}`,
    });
  }
  const hostOf = ({ env }: TaskRow): Host => {
    const host = hosts.get(env);
    if (host !== undefined) return host;
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `this process has no environment '${env}'`,
      hint: `it places ${[...hosts.keys()].map((name) => `'${name}'`).join(", ")}: pass the environment to inProcess, or another runtime`,
    });
  };

  return {
    specVersion: "runtime/1",
    id: "in-process",
    ...(list.some(({ exclusive }) => exclusive) && { maxConcurrent: 1 }),

    async prepare(tasks, { signal }) {
      const verifiers = tasks.flatMap(({ verifier }) =>
        verifier === undefined ? [] : (hosts.get(verifier.env) ?? []),
      );
      const needed = new Set([...tasks.map(hostOf), ...verifiers]);
      await preflight(tasks, ({ env }) => hosts.get(env)?.environment);
      signal.throwIfAborted();
      const scope = new Scope();
      for (const host of needed) await scope.add(host.pin());
      return scope;
    },

    async acquire(task, { signal }) {
      return await hostOf(task).lease(signal);
    },
  };
}

// One host per environment, so that jobs that run side by side share its server instead of starting it twice.
const HOSTS = new WeakMap<ServedEnvironment, Host>();

function hostOfEnvironment(environment: ServedEnvironment): Host {
  const host = HOSTS.get(environment) ?? new Host(environment);
  HOSTS.set(environment, host);
  return host;
}

/** One environment in this process: up while somebody holds it. */
class Host {
  readonly environment: ServedEnvironment;
  #holders = 0;
  #up: { readonly server: Promise<ControlServer>; readonly controller: AbortController } | undefined;
  #down: Promise<void> = Promise.resolve();
  /** Resolves when every lease asked for so far has ended; for an environment that runs one task at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(environment: ServedEnvironment) {
    this.environment = environment;
  }

  /** Keeps it up, once started, until the returned release: leases that follow each other share one start, or its failure. */
  pin(): () => Promise<void> {
    this.#holders++;
    let released: Promise<void> | undefined;
    return () => {
      released ??= this.#release();
      return released;
    };
  }

  async lease(signal: AbortSignal): Promise<RuntimeLease> {
    signal.throwIfAborted();
    const release = this.pin();
    const turn = this.environment.exclusive ? this.#queue() : undefined;
    const end = async () => {
      turn?.end();
      await release();
    };
    try {
      await raceAbort(turn?.begun ?? Promise.resolve(), signal);
      return new MemoryLease(await raceAbort(this.#server(), signal), end);
    } catch (error) {
      await end();
      throw error;
    }
  }

  #queue(): { readonly begun: Promise<void>; readonly end: () => void } {
    const begun = this.#turn;
    const { promise, resolve } = withResolvers<void>();
    this.#turn = begun.then(() => promise);
    return { begun, end: resolve };
  }

  #server(): Promise<ControlServer> {
    if (this.#up === undefined) {
      const controller = new AbortController();
      this.#up = { controller, server: this.#start(controller.signal) };
    }
    return this.#up.server;
  }

  async #start(signal: AbortSignal): Promise<ControlServer> {
    await this.#down;
    await this.environment.start({ signal });
    return new ControlServer(this.environment);
  }

  async #release(): Promise<void> {
    this.#holders--;
    if (this.#holders > 0 || this.#up === undefined) return;
    const { server, controller } = this.#up;
    this.#up = undefined;
    controller.abort(new SdkError({ code: "ABORTED", message: "nobody waits for the environment any more" }));
    this.#down = this.#stop(server);
    await this.#down;
  }

  async #stop(starting: Promise<ControlServer>): Promise<void> {
    let server: ControlServer;
    try {
      server = await starting;
    } catch {
      return; // a start that failed has taken down what it began, and told who asked for it
    }
    await server.close();
    for (const failure of await this.environment.stop()) {
      process.emitWarning(`environment '${this.environment.name}': ${errorText(failure)}`, {
        code: "HUD_SHUTDOWN_FAILED",
      });
    }
  }
}

class MemoryLease implements RuntimeLease {
  readonly placement = `process ${process.pid}`;
  readonly #server: ControlServer;
  readonly #release: () => Promise<void>;
  #disposed = false;

  constructor(server: ControlServer, release: () => Promise<void>) {
    this.#server = server;
    this.#release = release;
  }

  async connect({ signal }: { readonly signal: AbortSignal }): Promise<Duplex> {
    signal.throwIfAborted();
    if (this.#disposed) throw new SdkError({ code: "CLOSED", message: "the lease is disposed" });
    const [near, far] = memoryPair();
    this.#server.accept(far);
    return near;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#release();
  }
}
