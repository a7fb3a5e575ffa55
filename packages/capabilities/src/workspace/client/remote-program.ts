import { constants } from "node:os";
import { type Readable, Writable } from "node:stream";
import { delay, onAbort, raceAbort, SdkError, withResolvers } from "@hud-ts/core/adapter";
import type { ClientChannel } from "ssh2";
import type { TerminalSize } from "../../sandbox/contract.ts";
import { hasAllData, sendSignal, sendWindowChange } from "../../ssh/ssh2-internals.ts";
import type { ShellProcess } from "./shell.ts";

/** Longer than a server takes to kill what ignores SIGTERM. */
const TERMINATION_GRACE_MS = 2000;

/** A command that was sent: the channel it runs over, with an end that is always told. */
export class RemoteProgram implements ShellProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exit: Promise<number>;
  readonly #channel: ClientChannel;
  readonly #over = new AbortController();
  /** Why output is missing, when the connection broke before all of it came. */
  #cutShort: unknown;

  /**
   * Must be made in the very callback that gives the channel: the status of a short command may come in the same packet.
   *
   * @param connection fires when the connection is gone
   */
  constructor(channel: ClientChannel, connection: AbortSignal) {
    this.#channel = channel;
    this.stdout = channel;
    this.stderr = channel.stderr;
    this.stdin = channelInput(channel, this.#over.signal);
    const { promise, resolve, reject } = withResolvers<number>();
    this.exit = promise;
    promise.catch(() => {}); // it tells whoever asks; a program that was ended on purpose has nobody asking
    const lost = onAbort(connection, () => {
      if (!hasAllData(channel)) this.#cutShort = connection.reason;
      this.#end(connection.reason);
    });
    onAbort(this.#over.signal, () => reject(this.#over.signal.reason));
    channel.on("exit", (code: number | null, signal?: string) => {
      resolve(code ?? signalStatus(signal));
      this.#end(new SdkError({ code: "CLOSED", message: "the program has ended" }));
    });
    channel.on("error", () => {});
    channel.once("close", () => {
      lost[Symbol.dispose]();
      this.#end(withoutStatus());
    });
  }

  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    if (!this.#over.signal.aborted) sendSignal(this.#channel, signal.replace(/^SIG/, ""));
  }

  resize({ columns, rows }: TerminalSize): void {
    if (!this.#over.signal.aborted) sendWindowChange(this.#channel, rows, columns);
  }

  /** Throws when output is missing: servers may tell the status before the last of it. @throws CAPABILITY_LOST */
  requireAllOutput(): void {
    if (this.#cutShort !== undefined) throw this.#cutShort;
  }

  /** Ends the program for good, so that it is gone when this resolves: told to end, given some time, then cut off. */
  async terminate(): Promise<void> {
    const grace = new AbortController();
    this.kill();
    await Promise.race([this.exit.catch(() => {}), delay(TERMINATION_GRACE_MS, grace.signal).catch(() => {})]);
    grace.abort();
    this.cutOff();
  }

  /** Closes the channel at once, upon which the server ends the program. */
  cutOff(reason: unknown = new SdkError({ code: "CLOSED", message: "the program was ended" })): void {
    this.kill();
    this.#end(reason);
    this.#channel.close();
    for (const stream of [this.stdout, this.stderr]) stream.resume(); // unread data would hold the channel's end back
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutOff();
  }

  #end(reason: unknown): void {
    this.#over.abort(reason);
  }
}

/** Input of a channel. ssh2's own stream never calls back for what is written after the channel's end. */
function channelInput(channel: ClientChannel, over: AbortSignal): Writable {
  const closed = () => new SdkError({ code: "CLOSED", message: "the program no longer reads", cause: over.reason });
  const input = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (over.aborted) return done(closed());
      const { promise: sent, resolve } = withResolvers<void>();
      channel.write(chunk, () => resolve());
      raceAbort(sent, over).then(
        () => done(),
        () => done(closed()),
      );
    },
    final(done) {
      if (!over.aborted) channel.end();
      done();
    },
  });
  return input.on("error", () => {}); // whoever writes hears it by the callback; a program that reads no further is no crash here
}

function signalStatus(signal: string | undefined): number {
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

function withoutStatus(): SdkError {
  return new SdkError({
    code: "CAPABILITY_LOST",
    message: "the ssh server ended the command without saying its status",
  });
}
