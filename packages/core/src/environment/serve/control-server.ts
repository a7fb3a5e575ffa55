import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import { errorText, SdkError } from "../../errors/sdk-error.ts";
import type { Json } from "../../util/json-types.ts";
import { settlesWithin } from "../../util/settles-within.ts";
import { FrameStream } from "../../wire/frame-stream.ts";
import type { ServedEnvironment } from "../definition.ts";
import { ControlConnection, type ControlHost } from "./control-connection.ts";
import {
  type ControlServerOptions,
  type ResolvedControlServerOptions,
  resolveControlServerOptions,
} from "./control-server-options.ts";
import { Gate } from "./gate.ts";
import { hangUp } from "./hang-up.ts";
import { Refusal } from "./refusal.ts";
import { errorLine } from "./reply.ts";
import { readRequest } from "./request.ts";
import { Sessions } from "./sessions.ts";
import { TaskAdmission } from "./task-admission.ts";
import type { TaskHost } from "./task-runner.ts";
import { serveTunnel } from "./tunnel.ts";

// How long a connection that was told why it is closed may take to read that.
const LINGER_MS = 1_000;

interface Conversation {
  readonly stream: Duplex;
  connection: ControlConnection | undefined;
  ended: Promise<void>;
}

/**
 * Serves one environment's control channel on whatever streams it is given. Starts and stops nothing but tasks: who started the
 * environment stops it, after this is closed.
 */
export class ControlServer implements AsyncDisposable {
  readonly #options: ResolvedControlServerOptions;
  readonly #host: ControlHost;
  readonly #gate: Gate;
  readonly #conversations = new Set<Conversation>();
  readonly #tunnels = new AbortController();
  #closing: Promise<void> | undefined;

  /** @throws INVALID_OPTION for an empty token, and for a bound that is not a positive integer */
  constructor(environment: ServedEnvironment, options: ControlServerOptions = {}) {
    this.#options = resolveControlServerOptions(options);
    const host: TaskHost = { environment, ...this.#options };
    const sessions = new Sessions(this.#options);
    const admission = new TaskAdmission(host, sessions);
    this.#host = { ...host, ...this.#options, sessions, admission };
    this.#gate = new Gate(this.#options);
    setMaxListeners(0, this.#tunnels.signal); // every tunnel listens
  }

  /** Takes a connection over, control or tunnel as its first frame says, and closes it in the end. */
  accept(stream: Duplex): void {
    stream.on("error", () => {});
    if (this.#closing !== undefined) {
      stream.destroy();
      return;
    }
    const conversation: Conversation = { stream, connection: undefined, ended: Promise.resolve() };
    this.#conversations.add(conversation);
    conversation.ended = this.#converse(conversation)
      .catch((error: unknown) =>
        this.#options.onWarning(`a connection ended in an internal error: ${errorText(error)}`),
      )
      .finally(() => this.#conversations.delete(conversation));
  }

  /**
   * Closes all connections and cancels all tasks, live and parked. Idempotent; never throws; ends within
   * {@link ControlServerOptions.closeTimeoutMs} whatever task code does.
   */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #converse(conversation: Conversation): Promise<void> {
    const frames = new FrameStream(conversation.stream, {
      maxReadBytes: this.#options.maxFrameBytes,
      maxWriteBytes: this.#options.maxPeerFrameBytes,
    });
    let id: Json | undefined;
    try {
      const first = await this.#gate.read(frames);
      if (first === undefined) return;
      const request = readRequest(first);
      id = request.id;
      this.#gate.check(request, frames);
      if (request.method === "tunnel.open") {
        await serveTunnel(frames, request, {
          bindings: this.#host.environment.bindings(),
          signal: this.#tunnels.signal,
        });
      } else {
        conversation.connection = new ControlConnection(this.#host, frames);
        await conversation.connection.run(first);
      }
    } catch (error) {
      await this.#explain(frames, id, error);
    } finally {
      await hangUp(conversation.stream, LINGER_MS);
    }
  }

  async #explain(frames: FrameStream, id: Json | undefined, error: unknown): Promise<void> {
    // What is no frame, or no longer a connection, is closed without a word.
    if (SdkError.is(error, "FRAME_INVALID") || SdkError.is(error, "PEER_CLOSED")) return;
    const isTooLong = SdkError.is(error, "FRAME_TOO_LARGE");
    if (!isTooLong && id === undefined) return;
    const line = isTooLong
      ? errorLine(null, lineTooLong(error), frames.maxWriteBytes)
      : errorLine(id ?? null, error, frames.maxWriteBytes);
    await frames.writeLine(line).catch(() => {});
  }

  async #shutDown(): Promise<void> {
    this.#tunnels.abort();
    const ends = [...this.#conversations].map(async ({ stream, connection, ended }) => {
      await Promise.all([connection?.interrupt("the server stopped"), hangUp(stream)]);
      await ended;
    });
    const { closeTimeoutMs, clock, onWarning } = this.#options;
    if (await settlesWithin(Promise.all([...ends, this.#host.sessions.close()]), closeTimeoutMs, clock)) return;
    onWarning(`the control server was closed with task code still running after ${closeTimeoutMs} ms`);
  }
}

function lineTooLong({ details }: SdkError): Refusal {
  const bytes = String(details["bytes"]);
  const maxBytes = String(details["maxBytes"]);
  return new Refusal(
    "failure",
    details["complete"] === true
      ? `Control-channel frame is ${bytes} bytes; limit is ${maxBytes} bytes.`
      : `Control-channel frame exceeds the limit of ${maxBytes} bytes (received at least ${bytes} bytes).`,
  );
}
