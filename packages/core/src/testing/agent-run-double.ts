import { SdkError } from "../errors/sdk-error.ts";
import { WrittenTrace } from "../rollout/live-run.ts";
import { Timeline } from "../rollout/timeline.ts";
import { TraceRecorder } from "../rollout/trace-recorder.ts";
import type { AgentRun } from "../spec/agent.ts";
import type { Capability, CapabilityClientFactory } from "../spec/capability.ts";
import type { Prompt } from "../spec/content.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { randomId } from "../util/ids.ts";
import type { Json } from "../util/json-types.ts";
import { promptMessages, promptText } from "../wire/prompt.ts";

/** What an {@link agentRunDouble} is to look like. */
export interface AgentRunDoubleOptions {
  /** @default "Do it." */
  readonly prompt?: Prompt;
  /** Members of the row; the others name a task `double/task`. */
  readonly task?: Partial<TaskRow>;
  /** @default none */
  readonly capabilities?: readonly Capability[];
  /** What `open` gives, by the factory's protocol. @default UNKNOWN_CAPABILITY */
  readonly clients?: Readonly<Record<string, unknown>>;
  /** @default one that never fires */
  readonly signal?: AbortSignal;
}

/** A run without an environment: it keeps what an agent does, as the engine would. */
export interface AgentRunDouble extends AgentRun {
  /** The answer, as it was given. */
  readonly given: Json;
}

/** Makes a run to test an agent with: no environment, no wire, the engine's own trace. */
export function agentRunDouble(options: AgentRunDoubleOptions = {}): AgentRunDouble {
  const { prompt = "Do it.", capabilities = [], clients = {}, signal = new AbortController().signal } = options;
  const recorder = new TraceRecorder(new Timeline());
  const trace = new WrittenTrace(randomId(), recorder.steps);
  return {
    task: { env: "double", id: "task", args: {}, slug: "task", ...options.task },
    prompt,
    promptText: promptText(prompt),
    promptMessages: promptMessages(prompt),
    startFrame: {},
    capabilities,
    trace,
    signal,
    async open<TClient>({ protocol }: CapabilityClientFactory<TClient>) {
      if (Object.hasOwn(clients, protocol)) return clients[protocol] as TClient;
      throw new SdkError({ code: "UNKNOWN_CAPABILITY", message: `the double has no client for ${protocol}` });
    },
    record: (step) => recorder.record(step),
    answer: (value) => trace.answer(value),
    get given() {
      return trace.given;
    },
  };
}
