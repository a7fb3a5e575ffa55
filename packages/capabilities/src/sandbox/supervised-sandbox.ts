import { createServer } from "node:net";
import type { Duplex } from "node:stream";
import { deadline, exited, hasExited, type Scope, SdkError } from "@hud-ts/core/adapter";
import type { CommandRequest, CommandResult } from "@hud-ts/core/spec";
import type { HostedProcess, Isolation, ProcessRequest, Sandbox, TerminalSize } from "./contract.ts";
import type { Launched } from "./launch.ts";
import { connectError, startError } from "./request-error.ts";
import { runCommand } from "./run-command.ts";

import { SupervisorLink } from "./supervisor-link.ts";

// Killing a full sandbox takes milliseconds; only a program that hangs in the kernel takes longer.
const KILL_ALL_MS = 10_000;

/** What a running sandbox is made of. */
export interface SupervisedOptions {
  readonly launched: Launched;
  readonly isolation: Isolation;
  readonly guestPath: string;
  /** Environment of every program. */
  readonly env: Readonly<Record<string, string>>;
  /** What ends after the last process. */
  readonly resources: Scope;
}

/** A sandbox whose programs a supervisor inside starts. */
export class SupervisedSandbox implements Sandbox {
  readonly isolation: Isolation;
  readonly guestPath: string;
  readonly #launched: Launched;
  readonly #env: Readonly<Record<string, string>>;
  readonly #resources: Scope;
  readonly #link: SupervisorLink;
  readonly #lost = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(options: SupervisedOptions) {
    const { launched } = options;
    this.isolation = options.isolation;
    this.guestPath = options.guestPath;
    this.#launched = launched;
    this.#env = options.env;
    this.#resources = options.resources;
    this.#link = new SupervisorLink(launched.child, launched.channel, () => this.#end());
    launched.child.once("close", () => this.#ended());
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Settles when programs can be started. */
  get ready(): Promise<void> {
    return this.#link.ready;
  }

  async start(request: ProcessRequest, { signal }: { readonly signal: AbortSignal }): Promise<HostedProcess> {
    signal.throwIfAborted();
    const link = this.#link;
    const id = link.nextId();
    const stdin = link.stream(id * 4, { readable: false, writable: true });
    const stdout = link.stream(id * 4 + 1, { readable: true, writable: false });
    const stderr = link.stream(id * 4 + 2, { readable: true, writable: false });
    const exit = link.exitOf(id);
    void exit.catch(() => {}).then(() => stdin.discard());
    try {
      const { argv, terminal } = request;
      const env = { ...this.#env, ...request.env };
      const user = request.user ?? "agent";
      await link.ask({ op: "start", id, argv, cwd: request.cwd ?? this.guestPath, env, user, terminal }, signal);
    } catch (error) {
      link.tell({ op: "kill", id, signal: "SIGKILL" }); // given up while it was starting
      link.forgetExit(id);
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
      throw startError(request, error);
    }
    return {
      stdin,
      stdout,
      stderr,
      exit,
      kill: (killSignal) => link.tell({ op: "kill", id, signal: killSignal ?? null }),
      resize: ({ columns, rows }: TerminalSize) => link.tell({ op: "resize", id, columns, rows }),
    };
  }

  run(
    request: CommandRequest,
    options: { readonly signal: AbortSignal; readonly user?: "agent" | "grader" },
  ): Promise<CommandResult> {
    return runCommand(this, request, options);
  }

  async killAll(): Promise<void> {
    using limit = deadline({ ms: KILL_ALL_MS, code: "CAPABILITY_LOST", message: "programs inside could not be ended" });
    try {
      await this.#link.ask({ op: "kill-all", id: this.#link.nextId() }, limit.signal);
    } catch (error) {
      if (limit.expired) this.#end(); // what cannot be ended one by one ends with the sandbox
      throw error;
    }
  }

  async listenInside(
    port: number,
    accept: (connection: Duplex) => void,
  ): Promise<AsyncDisposable & { readonly port: number }> {
    const listening = await this.#link.listen(port).catch((cause: Error) => {
      throw connectError(`cannot listen on port ${port} inside`, cause);
    });
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    await new Promise<void>((resolve) => server.listen(listening, resolve));
    const address = server.address();
    const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
    return {
      port: typeof address === "object" && address !== null ? address.port : port,
      [Symbol.asyncDispose]: close,
    };
  }

  async dialInside(port: number, { signal }: { readonly signal: AbortSignal }): Promise<Duplex> {
    signal.throwIfAborted();
    const id = this.#link.nextId();
    const stream = this.#link.stream(id * 4 + 3, { readable: true, writable: true });
    try {
      await this.#link.ask({ op: "dial", id, port }, signal);
      return stream;
    } catch (cause) {
      stream.destroy();
      throw signal.aborted ? cause : connectError(`cannot connect to port ${port} inside`, cause as Error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#link.close(new SdkError({ code: "CLOSED", message: "the sandbox is closed" }));
    this.#end();
    await exited(this.#launched.child);
    await this.#resources.close();
  }

  /** Ends the first process inside, and with it all others; bwrap, which waits for it, goes last. */
  #end(): void {
    const { child, initPid } = this.#launched;
    if (hasExited(child)) return;
    try {
      process.kill(initPid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  }

  #ended(): void {
    if (this.#closing !== undefined) return;
    const { exitCode, signalCode } = this.#launched.child;
    const complaints = this.#launched.complaints.toString().trim();
    const failure = new SdkError({
      code: "CAPABILITY_LOST",
      message: `the sandbox ended by itself (${signalCode ?? `status ${exitCode}`})${complaints === "" ? "" : `: ${complaints}`}`,
      hint: "A sandbox is the first to go when memory runs out: look for a program that took it, or raise the limit.",
    });
    this.#link.close(failure);
    this.#lost.abort(failure);
  }
}
