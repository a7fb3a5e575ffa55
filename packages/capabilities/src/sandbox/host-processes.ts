import { connect, createServer } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { deadline, delay, raceAbort, SdkError } from "@hud-ts/core/adapter";
import type { CommandRequest, CommandResult } from "@hud-ts/core/spec";
import type { HostedProcess, Isolation, ProcessRequest, Sandbox, SandboxOptions } from "./contract.ts";
import { groupRuns } from "./process-groups.ts";
import { connectError, startError } from "./request-error.ts";
import { runCommand } from "./run-command.ts";
import { Pipes } from "./supervisor/pipes.mjs";
import { signalGroup, startProgram } from "./supervisor/program.mjs";

const KILL_ALL_MS = 10_000;
const POLL_MS = 2;

/** The same as a sandbox, without being one: programs run on this machine, under this user, in the root directory. */
export async function hostProcesses(options: SandboxOptions, isolation: Isolation): Promise<Sandbox> {
  return new HostProcesses(options, isolation);
}

class HostProcesses implements Sandbox {
  readonly isolation: Isolation;
  readonly guestPath: string;
  readonly lost = new AbortController().signal; // there is nothing here that could end by itself
  readonly #env: Readonly<Record<string, string>>;
  readonly #pipes = new Pipes();
  /** Groups of programs, and of what programs that ended left running. */
  readonly #groups = new Set<number>();
  #closed = false;

  constructor(options: SandboxOptions, isolation: Isolation) {
    this.guestPath = options.root;
    this.isolation = isolation;
    this.#env = { PATH: programPath(), HOME: options.root, LANG: "C.UTF-8", ...options.env };
  }

  async start(request: ProcessRequest, { signal }: { readonly signal: AbortSignal }): Promise<HostedProcess> {
    signal.throwIfAborted();
    this.#requireOpen();
    const { argv, terminal } = request;
    const env = { ...this.#env, ...request.env };
    const starting = startProgram(
      { argv, cwd: request.cwd ?? this.guestPath, env, terminal },
      { pipes: this.#pipes, identity: {} },
    );
    try {
      const program = await raceAbort(starting, signal);
      this.#groups.add(program.pid);
      void program.exit.then(() => {
        if (!groupRuns(program.pid)) this.#groups.delete(program.pid);
      });
      return { ...program, kill: (killSignal) => program.kill(killSignal ?? null) };
    } catch (error) {
      void starting.then((program) => program.kill("SIGKILL")).catch(() => {}); // given up while it was starting
      throw startError(request, error);
    }
  }

  run(
    request: CommandRequest,
    options: { readonly signal: AbortSignal; readonly user?: "agent" | "grader" },
  ): Promise<CommandResult> {
    return runCommand(this, request, options);
  }

  async killAll(): Promise<void> {
    using limit = deadline({ ms: KILL_ALL_MS, code: "CAPABILITY_LOST", message: "programs could not be ended" });
    for (const group of this.#groups) {
      while (endGroup(group)) await delay(POLL_MS, limit.signal);
      this.#groups.delete(group);
    }
  }

  async listenInside(
    port: number,
    accept: (connection: Duplex) => void,
  ): Promise<AsyncDisposable & { readonly port: number }> {
    this.#requireOpen();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => reject(connectError(`cannot listen on port ${port}`, cause)));
      server.listen(port, "127.0.0.1", resolve);
    });
    const address = server.address();
    return {
      port: typeof address === "object" && address !== null ? address.port : port,
      [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
    };
  }

  async dialInside(port: number, { signal }: { readonly signal: AbortSignal }): Promise<Duplex> {
    signal.throwIfAborted();
    this.#requireOpen();
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    try {
      await raceAbort(
        new Promise<void>((resolve, reject) => socket.once("error", reject).once("connect", () => resolve())),
        signal,
      );
      return socket.removeAllListeners("error").on("error", () => {});
    } catch (cause) {
      socket.destroy();
      throw signal.aborted ? cause : connectError(`cannot connect to port ${port}`, cause as Error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.killAll();
    this.#pipes.close();
  }

  #requireOpen(): void {
    if (this.#closed) throw new SdkError({ code: "CLOSED", message: "the host of these processes is closed" });
  }
}

/** Whether somebody was left to be ended. */
function endGroup(group: number): boolean {
  signalGroup(group, "SIGKILL");
  return groupRuns(group);
}

function programPath(): string {
  return [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":");
}
