import type { ChildProcess } from "node:child_process";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { raceAbort, type SdkError, withResolvers } from "@hud-ts/core/adapter";
import type { ProcessExit } from "./contract.ts";
import type { Failure, ListenReply, Reply, Request } from "./supervisor/messages.ts";
import { Mux } from "./supervisor/mux.mjs";
import type { MuxStream } from "./supervisor/mux-stream.mjs";

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A request of the supervisor that failed. */
class RequestFailure extends Error {
  readonly code: string;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = "RequestFailure";
    this.code = failure.code;
  }
}

/** Our end of the channel to a supervisor: requests and their answers, programs that end, streams, listening sockets. */
export class SupervisorLink {
  /** Settles when the supervisor is at work. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #mux: Mux;
  readonly #ready = withResolvers<void>();
  readonly #requests = new Map<number, Waiting<void>>();
  readonly #listens = new Map<number, Waiting<Server>>();
  readonly #exits = new Map<number, Waiting<ProcessExit>>();
  readonly #lost: (cause: Error | undefined) => void;
  #failure: SdkError | undefined;
  #lastId = 0;

  /** @param lost called when the channel ends, with the cause if there is one */
  constructor(child: ChildProcess, channel: Duplex, lost: (cause: Error | undefined) => void) {
    this.#child = child;
    this.#lost = lost;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // asked for once, and not at all when starting was given up
    this.#mux = new Mux(channel, { message: (message) => this.#receive(message as Reply), lost: this.#lost });
    child.on("message", (message, handle) => this.#receiveListen(message as ListenReply, handle as Server | undefined));
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  stream(id: number, directions: { readable: boolean; writable: boolean }): MuxStream {
    return this.#mux.open(id, directions);
  }

  /** Asks, and waits for the answer. @throws {RequestFailure} */
  async ask(request: Request, signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    signal.throwIfAborted();
    const { promise, resolve, reject } = withResolvers<void>();
    this.#requests.set(request.id, { resolve, reject });
    this.#mux.send(request);
    await raceAbort(promise, signal);
  }

  /** Asks for something that has no answer. */
  tell(request: Request): void {
    this.#mux.send(request);
  }

  /** The end of the program of this number. */
  exitOf(id: number): Promise<ProcessExit> {
    const { promise, resolve, reject } = withResolvers<ProcessExit>();
    promise.catch(() => {}); // nobody has to wait for a program
    if (this.#failure !== undefined) reject(this.#failure);
    else this.#exits.set(id, { resolve, reject });
    return promise;
  }

  forgetExit(id: number): void {
    this.#exits.delete(id);
  }

  /** A socket that listens on loopback inside; closed by the caller. @throws {RequestFailure} */
  async listen(port: number): Promise<Server> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = this.nextId();
    const { promise, resolve, reject } = withResolvers<Server>();
    this.#listens.set(id, { resolve, reject });
    this.#child.send({ id, port }, (error) => {
      if (error !== null) this.#lost(error);
    });
    return promise;
  }

  /** Fails everything that waits, and everything asked from now on, with `failure`. */
  close(failure: SdkError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#ready.reject(failure);
    for (const waiting of [this.#requests, this.#listens, this.#exits]) {
      for (const one of waiting.values()) one.reject(failure);
      waiting.clear();
    }
    this.#mux.close(failure);
  }

  #receive(reply: Reply): void {
    switch (reply.event) {
      case "ready":
        this.#ready.resolve();
        return;
      case "done":
        take(this.#requests, reply.id)?.resolve();
        return;
      case "failed":
        take(this.#requests, reply.id)?.reject(new RequestFailure(reply.failure));
        return;
      case "exit":
        take(this.#exits, reply.id)?.resolve({ code: reply.code, signal: reply.signal });
        return;
      default:
        reply satisfies never;
    }
  }

  #receiveListen(reply: ListenReply, server: Server | undefined): void {
    const waiting = take(this.#listens, reply.id);
    if (reply.failure !== undefined) waiting?.reject(new RequestFailure(reply.failure));
    else if (server === undefined) this.#lost(new Error("a listening socket did not arrive"));
    else if (waiting === undefined) server.close();
    else waiting.resolve(server);
  }
}

function take<T>(waiting: Map<number, Waiting<T>>, id: number): Waiting<T> | undefined {
  const found = waiting.get(id);
  waiting.delete(id);
  return found;
}
