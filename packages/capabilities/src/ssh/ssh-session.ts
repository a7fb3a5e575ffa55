import type { Socket } from "node:net";
import { errorText, onAbort, SdkError } from "@hud-ts/core/adapter";
import type { ServerChannel, Session } from "ssh2";
import type { HostedProcess, ProcessHost, ProcessRequest } from "../sandbox/contract.ts";
import { ChannelOutput } from "./channel-output.ts";
import { isPassedOn, programs, signalOf, sizeOf, statusOf, terminalOf } from "./session-request.ts";
import { keepListening } from "./ssh2-internals.ts";

/** What a session runs its program with. */
export interface SessionContext {
  readonly host: () => Promise<ProcessHost>;
  readonly cwd: string;
  readonly socket: Socket;
  /** Fires when the connection is gone or to be closed. */
  readonly closed: AbortSignal;
}

const SPAWN_FAILED = 1;
const NOT_FOUND = 127;
/** 128 + SIGKILL: what a program's parent would have seen when its sandbox ended. */
const LOST = 137;

/** One session of a connection: a program, with its streams, terminal and signals. */
export class SshSession {
  /** Settles when the session is over and its program gone. Never rejects. */
  readonly done: Promise<void>;
  readonly #context: SessionContext;
  readonly #variables = new Map<string, string>();
  readonly #closed = new AbortController();
  #terminal: ProcessRequest["terminal"];
  #process: HostedProcess | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(session: Session, context: SessionContext) {
    this.#context = context;
    this.#answerRequests(session);
    this.done = this.#untilClosed(session);
  }

  #answerRequests(session: Session): void {
    session.on("env", (accept, reject, { key, val }) => {
      if (!isPassedOn(key, val, this.#variables)) return reject?.();
      this.#variables.set(key, val);
      accept?.();
    });
    session.on("pty", (accept, _reject, info) => {
      this.#terminal = terminalOf(info);
      accept?.();
    });
    session.on("window-change", (_accept, _reject, info) => this.#process?.resize(sizeOf(info)));
    session.on("signal", (_accept, _reject, { name }) => this.#signal(name));
    session.on("eof", () => keepListening(session));
    session.on("exec", (accept, _reject, { command }) => this.#run(accept(), programs.exec(command)));
    session.on("shell", (accept) => this.#run(accept(), programs.shell()));
    session.on("subsystem", (accept, reject, { name }) => {
      if (name === "sftp") this.#run(accept(), programs.sftp());
      else reject?.();
    });
  }

  async #untilClosed(session: Session): Promise<void> {
    using _connection = onAbort(this.#context.closed, () => this.#close());
    await new Promise<void>((resolve) => {
      session.once("close", () => this.#close());
      onAbort(this.#closed.signal, resolve);
    });
    await this.#running;
  }

  #close(): void {
    this.#closed.abort(new SdkError({ code: "CLOSED", message: "the ssh session is closed" }));
  }

  #signal(name: string): void {
    const signal = signalOf(name);
    // A client that asks a program to end wants it gone: what ignores SIGTERM is killed a second later.
    if (signal === "SIGTERM") this.#process?.kill();
    else if (signal !== undefined) this.#process?.kill(signal);
  }

  /** @param channel absent when the session runs a program already */
  #run(channel: ServerChannel | undefined, argv: readonly string[]): void {
    if (channel === undefined) return;
    this.#running = this.#serve(channel, argv);
  }

  async #serve(channel: ServerChannel, argv: readonly string[]): Promise<void> {
    for (const stream of [channel, channel.stderr]) stream.on("error", () => {}); // data after its own end: the client's fault, not the server's end
    const output = new ChannelOutput({ channel, socket: this.#context.socket, closed: this.#closed.signal });
    const status = await this.#statusOf(channel, output, argv);
    if (this.#closed.signal.aborted) return;
    channel.exit(status);
    channel.end();
  }

  async #statusOf(channel: ServerChannel, output: ChannelOutput, argv: readonly string[]): Promise<number> {
    const complain = async (text: string, status: number) => {
      await output.write("stderr", Buffer.from(`workspace: ${text}\n`)).catch(() => {});
      return status;
    };
    let host: ProcessHost;
    try {
      host = await this.#context.host();
    } catch (error) {
      return await complain(`cannot prepare shell: ${errorText(error)}`, SPAWN_FAILED);
    }
    try {
      this.#process = await host.start(this.#request(argv), { signal: this.#closed.signal });
    } catch (error) {
      const status = SdkError.is(error, "TOOL_INPUT_INVALID") ? NOT_FOUND : SPAWN_FAILED;
      return await complain(`cannot spawn shell: ${errorText(error)}`, status);
    }
    try {
      return await this.#attend(this.#process, channel, output);
    } catch (error) {
      return await complain(`lost the program: ${errorText(error)}`, LOST);
    }
  }

  #request(argv: readonly string[]): ProcessRequest {
    return {
      argv,
      cwd: this.#context.cwd,
      env: Object.fromEntries(this.#variables),
      ...(this.#terminal && { terminal: this.#terminal }),
    };
  }

  /** Joins a running program with its channel until it is gone and all it wrote is sent. */
  async #attend(program: HostedProcess, channel: ServerChannel, output: ChannelOutput): Promise<number> {
    feed(channel, program);
    using _closed = onAbort(this.#closed.signal, () => {
      channel.unpipe(program.stdin); // what was cut off must not look like a complete input
      program.kill();
    });
    const streams = Promise.all([output.drain("stdout", program.stdout), output.drain("stderr", program.stderr)]);
    const [exit] = await Promise.all([program.exit, this.#unlessClosed(streams)]);
    return statusOf(exit);
  }

  /** Streams of a closed channel end early, and only then may they fail: the program's exit is still awaited. */
  async #unlessClosed(streams: Promise<unknown>): Promise<void> {
    try {
      await streams;
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
    }
  }
}

/** Passes the client's input on; a program that stopped reading is no reason for the client to stop writing. */
function feed(channel: ServerChannel, program: HostedProcess): void {
  program.stdin.on("error", () => {});
  program.stdin.once("close", () => {
    channel.unpipe(program.stdin);
    channel.resume();
  });
  channel.pipe(program.stdin);
}
