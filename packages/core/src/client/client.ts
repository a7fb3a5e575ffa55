import { SdkError } from "../errors/sdk-error.ts";
import type { CapabilityClientFactory } from "../spec/capability.ts";
import type { Grade } from "../spec/run-result.ts";
import { systemClock } from "../util/clock.ts";
import type { Json, JsonObject } from "../util/json-types.ts";
import { settlesWithin } from "../util/settles-within.ts";
import { decodeGrade } from "../wire/codec/grade.ts";
import { CapabilityClients } from "./capability-clients.ts";
import type { ControlChannel } from "./control-channel.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Hello, Manifest } from "./hello.ts";
import type { Connect } from "./open-stream.ts";
import { parseStartFrame, type StartFrame } from "./start-frame.ts";
import { parseTaskList, type TemplateManifest } from "./task-list.ts";

// Closing what an agent opened must not hold up a rollout whose result is known.
const CLOSE_WAIT_MS = 5_000;

/** What a {@link Client} is made of, once it said hello. */
export interface ClientInit {
  readonly channel: ControlChannel;
  readonly hello: Hello;
  readonly connect: Connect;
  readonly token: string | undefined;
  readonly park: boolean;
  readonly heartbeatMs: number;
}

/** How a call is bounded. */
export interface CallOptions {
  /** Fired while a task's code runs, it cancels the task; the client is of no use afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/** A session with an environment: one task at a time, and the connections that it exposes. Made by `connectClient`. */
export class Client implements AsyncDisposable {
  /** Names the session; a parked one is resumed by it. */
  readonly sessionId: string;
  readonly manifest: Manifest;
  readonly #init: ClientInit;
  /** What is open at the moment; undefined while nothing is. */
  #capabilities: CapabilityClients | undefined;
  readonly #heartbeat: Disposable;
  #closing: Promise<void> | undefined;

  constructor(init: ClientInit) {
    this.#init = init;
    this.sessionId = init.hello.sessionId;
    this.manifest = init.hello.manifest;
    const { channel, token, heartbeatMs } = init;
    this.#heartbeat = startHeartbeat({ channel, sessionId: this.sessionId, token, everyMs: heartbeatMs });
  }

  /** Fires when the connection is gone, with the reason; also when the client was closed. */
  get lost(): AbortSignal {
    return this.#init.channel.lost;
  }

  /**
   * The templates that the environment declares, in their order.
   *
   * @throws ProtocolError, MANIFEST_INVALID, PEER_CLOSED, CLOSED
   */
  async listTasks(options: CallOptions = {}): Promise<readonly TemplateManifest[]> {
    return parseTaskList(await this.#call("tasks.list", {}, options));
  }

  /**
   * Starts a task, up to its prompt. A task of this session that was not graded is cancelled.
   *
   * @throws ProtocolError with the environment's words, PEER_CLOSED, CLOSED; the signal's reason
   */
  async start(id: string, args: JsonObject, options: CallOptions = {}): Promise<StartFrame> {
    return parseStartFrame(await this.#call("tasks.start", { id, args }, options));
  }

  /**
   * Grades an answer, which ends the task whatever comes of it.
   *
   * @throws ProtocolError with the environment's words, GRADE_INVALID, PEER_CLOSED, CLOSED; the signal's reason
   */
  async grade(answer: Json, options: CallOptions = {}): Promise<Grade> {
    return decodeGrade(await this.#call("tasks.grade", { answer }, options));
  }

  /** Cancels the session's task, also while a start or grade runs, and waits at most 2 s for the replies. Never throws. */
  async cancel(): Promise<void> {
    await this.#init.channel.cancel();
  }

  /**
   * Opens the capability that the factory can drive; `ref` (name, protocol or family) chooses among several. Opening the same twice
   * gives the same client, which is closed with this one.
   *
   * @throws UNKNOWN_CAPABILITY, CAPABILITY_UNSUPPORTED, CAPABILITY_CONNECT_FAILED, CLOSED; the signal's reason
   */
  async open<TClient>(
    factory: CapabilityClientFactory<TClient>,
    ref?: string,
    options: CallOptions = {},
  ): Promise<TClient> {
    this.#requireOpen();
    this.#capabilities ??= this.#noCapabilities();
    return await this.#capabilities.open(factory, ref, options.signal);
  }

  /** Closes what was opened so far; the session and its task go on. Bounded in time; never throws. */
  async closeOpened(): Promise<void> {
    const opened = this.#capabilities;
    this.#capabilities = undefined;
    if (opened === undefined) return;
    const quiet = opened.close().catch(() => {}); // what an agent's client says when closed late changes no result
    await settlesWithin(quiet, CLOSE_WAIT_MS, systemClock);
  }

  /**
   * Closes what was opened, ends the session with its task (or leaves the task parked, with `park`), and hangs up. Bounded in time;
   * never throws. Calls that are in flight reject.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { channel, park } = this.#init;
    this.#heartbeat[Symbol.dispose]();
    await this.closeOpened();
    if (park) channel.close();
    else await channel.bye();
  }

  #noCapabilities(): CapabilityClients {
    const { connect, token } = this.#init;
    return new CapabilityClients({ bindings: this.manifest.bindings, connect, token });
  }

  async #call(method: string, params: JsonObject, { signal }: CallOptions): Promise<JsonObject> {
    this.#requireOpen();
    return await this.#init.channel.call(method, params, signal);
  }

  #requireOpen(): void {
    if (this.#closing === undefined) return;
    throw new SdkError({ code: "CLOSED", message: "the client is closed" });
  }
}
