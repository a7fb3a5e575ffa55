import { withResolvers } from "../../util/abort.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";
import type { FrameStream } from "../../wire/frame-stream.ts";
import { readHelloLists, refuseUnenforceable } from "./hello-lists.ts";
import { announcedLimit, manifest, taskList } from "./manifest.ts";
import { pythonRepr } from "./python-text.ts";
import { Refusal } from "./refusal.ts";
import { errorLine, gradeLine, resultLine } from "./reply.ts";
import { methodName, type Request, readParams, readRequest } from "./request.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { TaskAdmission } from "./task-admission.ts";
import type { TaskHost, TaskRunner } from "./task-runner.ts";

/** What the control connections of one server share. */
export interface ControlHost extends TaskHost {
  readonly sessions: Sessions;
  readonly admission: TaskAdmission;
  /** Most bytes of a line that is read; announced to the peer. */
  readonly maxFrameBytes: number;
  /** Hears what a task's code threw; the peer gets only its text. */
  readonly onTaskError: (failure: TaskFailure) => void;
}

/** An error that a task's code threw, with its stack, on the side where the code is. */
export interface TaskFailure {
  readonly taskId: string;
  readonly sessionId: string;
  readonly call: "start" | "grade";
  readonly error: unknown;
}

/** A start or grade that runs beside the reading of frames. */
interface Call {
  readonly kind: "start" | "grade";
  readonly id: Json | undefined;
  readonly runner: TaskRunner;
  /** Resolves when the call is answered or given up. */
  readonly settled: Promise<void>;
  settle(): void;
  /** Whoever interrupts a call answers it: its own result comes too late. */
  interrupted: boolean;
}

/** One control connection: reads requests, answers them in order, runs at most one task call meanwhile. */
export class ControlConnection {
  readonly #host: ControlHost;
  readonly #frames: FrameStream;
  #session: Session;
  #call: Call | undefined;

  constructor(host: ControlHost, frames: FrameStream) {
    this.#host = host;
    this.#frames = frames;
    this.#session = host.sessions.open();
  }

  /**
   * Converses until the peer says bye or hangs up. A clean end lets a running start end and parks its task; everything else cancels.
   *
   * @throws FRAME_INVALID, FRAME_TOO_LARGE, PEER_CLOSED once the session is parked or over
   */
  async run(first: JsonObject): Promise<void> {
    let isClean = false;
    try {
      await this.#converse(first);
      isClean = true;
    } finally {
      if (isClean && this.#call?.kind === "start") await this.#call.settled;
      await this.interrupt("the connection closed");
      this.#host.sessions.release(this.#session);
    }
  }

  /** Cancels the running call, if any, without answering it. */
  async interrupt(reason: string): Promise<void> {
    const call = this.#call;
    if (call === undefined) return;
    call.interrupted = true;
    await this.#drop(call.runner, reason);
    this.#call = undefined;
    call.settle();
  }

  async #converse(first: JsonObject): Promise<void> {
    let frame: JsonObject | undefined = first;
    while (frame !== undefined) {
      const request = readRequest(frame);
      await this.#handle(request);
      if (request.method === "bye") return;
      frame = await this.#frames.read();
    }
  }

  async #handle(request: Request): Promise<void> {
    try {
      const result = await this.#dispatch(request);
      if (result !== undefined && request.id !== undefined) {
        await this.#write(resultLine(request.id, result, this.#frames.maxWriteBytes));
      }
    } catch (error) {
      await this.#writeError(request.id, error);
    }
  }

  /** The result, or undefined for a call that answers when it ends. */
  async #dispatch(request: Request): Promise<JsonObject | undefined> {
    if (request.method === "tasks.cancel") return await this.#cancel("tasks.cancel", { cancelled: true });
    if (request.method === "bye") return await this.#cancel("bye", { goodbye: true });
    if (this.#call !== undefined && !this.#isHeartbeat(request)) {
      throw new Refusal("invalidState", `${methodName(request)}: a task call is still running`);
    }
    switch (request.method) {
      case "hello":
        return this.#hello(readParams(request));
      case "tasks.list":
        return taskList(this.#host.environment);
      case "tasks.start":
        return this.#start(request);
      case "tasks.grade":
        return this.#grade(request);
      default:
        throw new Refusal("unknownMethod", `method not found: ${methodName(request)}`);
    }
  }

  #isHeartbeat(request: Request): boolean {
    if (request.method !== "hello") return false;
    const id = readParams(request)["session_id"] ?? this.#session.id;
    return id === this.#session.id;
  }

  // Everything is checked before anything changes: a refused hello leaves the connection as it was.
  #hello(params: JsonObject): JsonObject {
    const { environment, sessions, maxFrameBytes } = this.#host;
    const id = params["session_id"] ?? this.#session.id;
    if (typeof id !== "string") throw new Refusal("badParams", "hello: 'session_id' must be a string");
    const resumed = id === this.#session.id ? undefined : sessions.parked(id);
    refuseUnenforceable(readHelloLists(params), environment.bindings());

    const limit = announcedLimit(params);
    if (limit !== undefined) this.#frames.maxWriteBytes = Math.min(limit, maxFrameBytes);
    if (resumed !== undefined) this.#session = sessions.resume(this.#session, resumed);
    return manifest(environment, { sessionId: this.#session.id, maxFrameBytes });
  }

  #start(request: Request): undefined {
    const { id, args } = readParams(request);
    if (typeof id !== "string") throw new Refusal("badParams", "tasks.start: 'id' must be a string");
    if (typeof args !== "object" || args === null || Array.isArray(args)) {
      throw new Refusal("badParams", "tasks.start: 'args' must be an object");
    }
    const template = this.#host.environment.templates.get(id);
    if (template === undefined) throw new Refusal("badParams", `unknown task: ${pythonRepr(id)}`);
    const runner = this.#host.admission.admit(this.#session, template);
    this.#launch({ kind: "start", id: request.id, runner }, runner.start(args as JsonObject));
  }

  #grade(request: Request): undefined {
    const { answer } = readParams(request);
    const { sessions } = this.#host;
    const runner = sessions.detach(this.#session) ?? sessions.adopt();
    this.#launch({ kind: "grade", id: request.id, runner }, runner.grade(answer));
  }

  async #cancel(method: "tasks.cancel" | "bye", result: JsonObject): Promise<JsonObject> {
    const call = this.#call;
    const reason = `${method} interrupted the task`;
    if (call !== undefined) {
      await this.interrupt(reason);
      await this.#writeError(call.id, new Refusal("failure", reason));
    } else if (this.#session.runner !== undefined) {
      await this.#drop(this.#session.runner, reason);
    }
    return result;
  }

  #launch(about: Pick<Call, "kind" | "id" | "runner">, work: Promise<JsonObject>): void {
    const { promise: settled, resolve: settle } = withResolvers<void>();
    const call: Call = { ...about, settled, settle, interrupted: false };
    this.#call = call;
    void this.#conclude(call, work);
  }

  async #conclude(call: Call, work: Promise<JsonObject>): Promise<void> {
    const line = await this.#answerLine(call, work);
    if (call.interrupted) return;
    this.#call = undefined;
    const written = line === undefined ? undefined : this.#write(line);
    call.settle();
    await written;
  }

  async #answerLine(call: Call, work: Promise<JsonObject>): Promise<Buffer | undefined> {
    const id = call.id ?? null;
    const limit = this.#frames.maxWriteBytes;
    try {
      const frame = await work;
      const line = call.kind === "start" ? resultLine(id, frame, limit) : gradeLine(id, frame, limit);
      return call.id === undefined ? undefined : line;
    } catch (error) {
      if (call.interrupted) return undefined;
      const { taskId, sessionId } = call.runner;
      this.#host.onTaskError({ taskId, sessionId, call: call.kind, error });
      await this.#drop(call.runner, "the call failed");
      return call.id === undefined ? undefined : errorLine(id, error, limit);
    }
  }

  async #drop(runner: TaskRunner, reason: string): Promise<void> {
    if (this.#session.runner === runner) this.#host.sessions.detach(this.#session);
    await runner.cancel(reason);
  }

  async #writeError(id: Json | undefined, error: unknown): Promise<void> {
    if (id !== undefined) await this.#write(errorLine(id, error, this.#frames.maxWriteBytes));
  }

  // A peer that left gets no answer; that it left is the reader's to find.
  async #write(line: Buffer): Promise<void> {
    await this.#frames.writeLine(line).catch(() => {});
  }
}
