import type { Client } from "../client/index.ts";
import { errorText, SdkError } from "../errors/sdk-error.ts";
import type { AgentRun, AgentTrace } from "../spec/agent.ts";
import type { Capability, CapabilityClientFactory } from "../spec/capability.ts";
import type { Message, Prompt } from "../spec/content.ts";
import type { Step, StepInput } from "../spec/step.ts";
import type { TaskRow } from "../spec/task-row.ts";
import type { StopReason } from "../spec/trace.ts";
import type { Json, JsonObject } from "../util/json-types.ts";
import { promptMessages, promptText } from "../wire/prompt.ts";
import type { TraceRecorder } from "./trace-recorder.ts";

/** What a {@link LiveRun} is made of. */
export interface LiveRunOptions {
  readonly task: TaskRow;
  readonly client: Client;
  readonly startFrame: JsonObject;
  readonly prompt: Prompt;
  readonly traceId: string;
  readonly recorder: TraceRecorder;
  readonly signal: AbortSignal;
}

/** The engine's side of {@link AgentRun}: what one agent sees of one rollout, until it is closed. */
export class LiveRun implements AgentRun {
  readonly task: TaskRow;
  readonly prompt: Prompt;
  readonly startFrame: JsonObject;
  readonly trace: WrittenTrace;
  readonly signal: AbortSignal;
  readonly #client: Client;
  readonly #recorder: TraceRecorder;
  #closed = false;

  constructor(options: LiveRunOptions) {
    this.task = options.task;
    this.prompt = options.prompt;
    this.startFrame = options.startFrame;
    this.signal = options.signal;
    this.trace = new WrittenTrace(options.traceId, options.recorder.steps);
    this.#client = options.client;
    this.#recorder = options.recorder;
  }

  get promptText(): string {
    return promptText(this.prompt);
  }

  get promptMessages(): readonly Message[] {
    return promptMessages(this.prompt);
  }

  get capabilities(): readonly Capability[] {
    return this.#client.manifest.bindings;
  }

  async open<TClient>(factory: CapabilityClientFactory<TClient>, ref?: string): Promise<TClient> {
    this.#assertOpen();
    return await this.#client.open(factory, ref, { signal: this.signal });
  }

  record(step: StepInput): Step {
    this.#assertOpen();
    return this.#recorder.record(step);
  }

  answer(value: Json): void {
    this.#assertOpen();
    this.trace.answer(value);
  }

  /** Shuts the agent out: an agent that outlived its time cannot write into what is being graded. */
  close(): void {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new SdkError({
      code: "CLOSED",
      message: "the run is over; nothing can be opened, recorded or answered any more",
    });
  }
}

/** The agent's part of the trace. The answer is the last of what `content` and `answer` were given. */
export class WrittenTrace implements AgentTrace {
  readonly traceId: string;
  readonly steps: readonly Step[];
  stopReason: StopReason | null = "done";
  extra: JsonObject = {};
  #content: string | null = null;
  #answer: Json = null;

  constructor(traceId: string, steps: readonly Step[]) {
    this.traceId = traceId;
    this.steps = steps;
  }

  get content(): string | null {
    return this.#content;
  }

  set content(text: string | null) {
    this.answer(text);
  }

  get given(): Json {
    return this.#answer;
  }

  /** Takes a copy: what becomes of the value afterwards is not the answer. */
  answer(value: Json): void {
    const text = typeof value === "string" || value === null ? value : jsonText(value);
    this.#content = text;
    this.#answer = text === value ? text : (JSON.parse(text ?? "null") as Json);
  }
}

function jsonText(value: Json): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    throw new SdkError({
      code: "ANSWER_INVALID",
      message: `the answer is no JSON value: ${errorText(error)}`,
      cause: error,
    });
  }
  throw new SdkError({ code: "ANSWER_INVALID", message: `expected a JSON value for an answer, got ${typeof value}` });
}
