import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { delay, exited, raceAbort, SdkError, TailBuffer, terminateGroup, withResolvers } from "@hud-ts/core/adapter";
import { builtFile } from "./built-file.ts";
import { type ChildJob, type ChildReply, parseReply, REPLY_FD } from "./child-job.ts";

/** How children are started. */
export interface ChildOptions {
  /** Working directory: the source's. */
  readonly directory: string;
  /** Added to this process's environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether what it prints goes on to this process's stderr. */
  readonly verbose: boolean;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly stopGraceMs: number;
}

const SHOWN_LINES = 20;
const DRAIN_MS = 500;
const DEATH_NOTICE_MS = 1_000;

/** One process that serves one environment, or waits to be told which. Its own process group; closing ends all of it. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #stopGraceMs: number;
  readonly #output = new TailBuffer();
  readonly #reply = withResolvers<ChildReply>();
  readonly #drained: Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(options: ChildOptions) {
    this.#stopGraceMs = options.stopGraceMs;
    this.#process = spawn(process.execPath, [builtFile("child-entry.js")], {
      cwd: options.directory,
      env: childEnvironment(options.env),
      detached: true,
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    this.#drained = new Promise((resolve) => {
      this.#process.once("close", () => resolve());
      this.#process.once("error", (error) => {
        this.#output.push(Buffer.from(error.message));
        resolve();
      });
    });
    this.#process.stdin?.on("error", () => {}); // a child that is gone is met by its exit
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output.push(chunk);
        if (options.verbose) process.stderr.write(chunk);
      });
    }
    // Without a free descriptor there is a process object, and no streams on it.
    const replies = (this.#process.stdio as readonly unknown[] | undefined)?.[REPLY_FD] as Readable | undefined;
    if (replies === undefined) return;
    createInterface({ input: replies }).once("line", (line) => this.#reply.resolve(parseReply(line)));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** How it ended, in words; undefined while it runs. */
  get ending(): string | undefined {
    const { exitCode, signalCode, pid } = this.#process;
    if (pid === undefined) return "could not be started";
    if (signalCode !== null) return `was ended by ${signalCode}`;
    return exitCode === null ? undefined : `exited with code ${exitCode}`;
  }

  /** Resolves when the process is gone and what it printed is here, or after `ms`: a broken connection is noticed before the death that broke it. */
  async died(ms: number = DEATH_NOTICE_MS): Promise<void> {
    await Promise.race([exited(this.#process), delay(ms)]);
    if (this.ending !== undefined) await this.#drainedInTime();
  }

  /** The last of what it printed. */
  output(): string {
    return this.#output.toString();
  }

  /**
   * Gives it its job and waits until it serves. @returns the port on the loopback interface
   *
   * @throws the child's own error, or RUNTIME_START_FAILED when it ended without one
   */
  async serve(job: ChildJob, signal: AbortSignal): Promise<number> {
    this.#process.stdin?.write(`${JSON.stringify(job)}\n`);
    const reply = await raceAbort(Promise.race([this.#reply.promise, exited(this.#process)]), signal);
    if (reply !== undefined && "port" in reply) return reply.port;
    if (reply !== undefined) throw new SdkError(reply.failure);
    throw new SdkError({
      code: "RUNTIME_START_FAILED",
      message: `the environment's process ${this.ending ?? "does not answer"} before serving`,
    });
  }

  /** A failure of its start, with the last of what it printed. */
  async explain(error: unknown): Promise<unknown> {
    if (!SdkError.is(error)) return error;
    await this.#drainedInTime();
    const logs = this.output();
    if (logs === "") return error;
    const { code, hint, details, cause } = error;
    return new SdkError({ code, message: this.withOutput(error.message), hint, cause, details: { ...details, logs } });
  }

  /** A text about it, with the last lines of what it printed. */
  withOutput(text: string): string {
    const logs = this.output().trimEnd();
    if (logs === "") return text;
    return `${text}\n\nits last output:\n${logs.split("\n").slice(-SHOWN_LINES).join("\n")}`;
  }

  /** Why a connection to it cannot be had any more. */
  async lost(): Promise<SdkError> {
    await this.died();
    return new SdkError({
      code: "RUNTIME_LOST",
      message: this.withOutput(`the environment's process ${this.ending ?? "does not answer"}`),
      details: { logs: this.output() },
    });
  }

  async #drainedInTime(): Promise<void> {
    await Promise.race([this.#drained, delay(DRAIN_MS)]); // a grandchild may hold its pipes open
  }

  close(): Promise<void> {
    this.#closing ??= terminateGroup(this.#process, this.#stopGraceMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function childEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { HUD_CONTROL_TOKEN: _token, HUD_CONTROL_AUTH: _auth, ...inherited } = process.env; // the token of a server this process may be, not the child's to know
  return { ...inherited, ...added };
}
