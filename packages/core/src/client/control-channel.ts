import type { Duplex } from "node:stream";
import { SdkError, toSdkError } from "../errors/sdk-error.ts";
import { raceAbort, withResolvers } from "../util/abort.ts";
import { systemClock } from "../util/clock.ts";
import { isJsonObject } from "../util/json-object.ts";
import type { JsonObject } from "../util/json-types.ts";
import { settlesWithin } from "../util/settles-within.ts";
import { FRAME_LIMITS } from "../wire/frame.ts";
import { encodeFrame, FrameStream } from "../wire/frame-stream.ts";
import type { Hello } from "./hello.ts";
import { badReply, type ProtocolError } from "./protocol-error.ts";
import { type ReplyTrust, replyError } from "./reply-error.ts";

// How long the reference's own client waits for the replies to a cancellation.
const CANCEL_WAIT_MS = 2_000;
// Releases of the reference before 0.6.17 hang up on a longer line without a word.
const OLD_PEER_LINE_BYTES = 65_536;

interface PendingCall {
  readonly method: string;
  readonly bytes: number;
  readonly reply: Promise<JsonObject>;
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The calling end of a control connection: one call at a time, replies matched by id. Reads all the time, so that a lost connection
 * is known at once; while a call runs nothing but a cancellation is written, as the reference's server refuses all else.
 */
export class ControlChannel {
  readonly #frames: FrameStream;
  readonly #pending = new Map<number, PendingCall>();
  /** Cancelled calls: code that swallows its cancellation has its server answer them twice. */
  readonly #interrupted = new Set<number>();
  readonly #lost = new AbortController();
  /** Whether the peer said that it is a server of ours, whose error frames tell whose fault it was. */
  #tellsBlame = false;
  #lastId = 0;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Takes the stream over. `maxWriteBytes` holds until the peer announces what it reads. */
  constructor(stream: Duplex, maxWriteBytes: number = FRAME_LIMITS.reference) {
    this.#frames = new FrameStream(stream, { maxWriteBytes });
    void this.#readAll();
  }

  /** Fires when the connection is gone, with the reason. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether no call runs or waits. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** Takes note of what the peer said of itself. */
  introduce({ maxFrameBytes, isOurs }: Pick<Hello, "maxFrameBytes" | "isOurs">): void {
    if (maxFrameBytes !== undefined) this.#frames.maxWriteBytes = maxFrameBytes;
    this.#tellsBlame = isOurs;
  }

  /**
   * Calls a method once the calls before it are done. When the signal fires after the request was written, a running task is
   * cancelled and the connection given up.
   *
   * @throws the signal's reason, ProtocolError, FRAME_TOO_LARGE before anything is written, PEER_CLOSED
   */
  async call(method: string, params: JsonObject, signal?: AbortSignal): Promise<JsonObject> {
    signal?.throwIfAborted();
    return await this.#exclusive(signal, async () => {
      signal?.throwIfAborted();
      const reply = this.send(method, params);
      try {
        return await raceAbort(reply, signal);
      } catch (error) {
        if (signal?.aborted) await this.#giveUp(method);
        throw error;
      }
    });
  }

  /** Writes a request at once, whatever runs; settles with its reply. */
  send(method: string, params: JsonObject): Promise<JsonObject> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    const id = ++this.#lastId;
    const line = encodeFrame({ jsonrpc: "2.0", id, method, params });
    const { promise, resolve, reject } = withResolvers<JsonObject>();
    this.#pending.set(id, { method, bytes: line.byteLength - 1, reply: promise, resolve, reject });
    this.#frames.writeLine(line).catch((error: unknown) => {
      if (SdkError.is(error, "FRAME_TOO_LARGE")) {
        this.#pending.delete(id);
        reject(requestTooLarge(method, error));
      } else this.abort(error);
    });
    return promise;
  }

  /** Cancels the session's task, mid-call or not, and waits a bounded time for the replies. Never throws. */
  async cancel(): Promise<void> {
    await this.#interrupt("tasks.cancel");
  }

  /** Ends the session with its task and waits a bounded time for the server to say so. Never throws. */
  async bye(): Promise<void> {
    await this.#interrupt("bye");
    this.close();
  }

  /** Hangs up without a word, which leaves the task parked. */
  close(): void {
    if (!this.lost.aborted) this.abort(new SdkError({ code: "CLOSED", message: "the client is closed" }));
  }

  /** Gives the connection up; what is in flight rejects. */
  abort(cause: unknown): void {
    if (this.lost.aborted) return;
    const error = toSdkError(cause, "PEER_CLOSED");
    this.#lost.abort(error);
    for (const call of this.#pending.values()) call.reject(describeLoss(error, call));
    this.#pending.clear();
    this.#frames.stream.destroy();
  }

  async #giveUp(method: string): Promise<void> {
    if (method === "tasks.start" || method === "tasks.grade") await this.cancel();
    this.abort(
      new SdkError({ code: "PEER_CLOSED", message: `the connection was given up: '${method}' was cancelled` }),
    );
  }

  async #interrupt(method: "tasks.cancel" | "bye"): Promise<void> {
    if (this.lost.aborted) return;
    for (const id of this.#pending.keys()) this.#interrupted.add(id);
    const replies = Array.from(this.#pending.values(), (call) => call.reply);
    const answers = Promise.allSettled([...replies, this.send(method, {})]);
    if (!(await settlesWithin(answers, CANCEL_WAIT_MS, systemClock))) {
      this.abort(new SdkError({ code: "REQUEST_TIMEOUT", message: `'${method}' was not answered in 2 s` }));
    }
    this.#interrupted.clear();
  }

  async #exclusive<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const { promise, resolve } = withResolvers<void>();
    this.#turn = promise;
    this.#waiting++;
    try {
      await raceAbort(before, signal);
      return await run();
    } finally {
      this.#waiting--;
      void before.then(resolve); // one that stopped waiting does not let the next overtake the call before it
    }
  }

  async #readAll(): Promise<void> {
    try {
      for (;;) {
        const frame = await this.#frames.read();
        if (frame === undefined) throw new SdkError({ code: "PEER_CLOSED", message: "env closed connection" });
        this.#receive(frame);
      }
    } catch (error) {
      this.abort(error);
    }
  }

  #receive(frame: JsonObject): void {
    const id = frame["id"];
    const call = typeof id === "number" ? this.#pending.get(id) : undefined;
    if (typeof id === "number" && call !== undefined) {
      this.#pending.delete(id);
      settle(call, frame, { interrupted: this.#interrupted.has(id), tellsBlame: this.#tellsBlame });
    } else if (typeof id !== "number" || !this.#interrupted.has(id)) {
      const [oldest] = this.#pending.values();
      throw mismatch(oldest?.method ?? "tasks.list", frame);
    }
  }
}

function settle(call: PendingCall, frame: JsonObject, trust: ReplyTrust): void {
  const { error, result } = frame;
  if (error !== undefined && error !== null) call.reject(replyError(call.method, error, trust));
  else if (isJsonObject(result)) call.resolve(result);
  else call.reject(badReply(call.method, `'${call.method}': result was not an object`));
}

function mismatch(method: string, frame: JsonObject): ProtocolError {
  const { id = null, error } = frame;
  if (id === null && error !== undefined && error !== null) return replyError(method, error);
  return badReply(method, `'${method}': reply id did not match request`);
}

function describeLoss(cause: SdkError, call: PendingCall): SdkError {
  if (cause.code === "FRAME_TOO_LARGE") return replyTooLarge(call.method, cause);
  if (cause.code !== "PEER_CLOSED") return cause;
  const longLine = call.bytes > OLD_PEER_LINE_BYTES;
  return new SdkError({
    code: "PEER_CLOSED",
    message: `env closed connection during '${call.method}'`,
    cause,
    hint: longLine
      ? `The request was ${call.bytes} bytes; environments of hud-python before 0.6.17 hang up on lines over ${OLD_PEER_LINE_BYTES}.`
      : undefined,
  });
}

function requestTooLarge(method: string, cause: SdkError): SdkError {
  const { bytes, maxBytes } = cause.details;
  return new SdkError({
    code: "FRAME_TOO_LARGE",
    message: `Control-channel '${method}' request is ${String(bytes)} bytes; limit is ${String(maxBytes)} bytes (excluding the newline).`,
    hint: "Send a reference to large data, such as a path in the environment, instead of the data.",
    details: { ...cause.details, frame: "request" },
    cause,
  });
}

function replyTooLarge(method: string, cause: SdkError): SdkError {
  const { bytes, complete, maxBytes } = cause.details;
  const size = `${complete === true ? "" : "at least "}${String(bytes)}`;
  return new SdkError({
    code: "FRAME_TOO_LARGE",
    message: `Control-channel '${method}' reply is ${size} bytes; limit is ${String(maxBytes)} bytes (excluding the newline).`,
    details: { ...cause.details, frame: "reply" },
    cause,
  });
}
