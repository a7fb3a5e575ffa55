import type { Json, JsonObject } from "../util/json-types.ts";
import type { Capability, CapabilityClientFactory } from "./capability.ts";
import type { Message, Prompt } from "./content.ts";
import type { Step, StepInput } from "./step.ts";
import type { TaskRow } from "./task-row.ts";
import type { StopReason } from "./trace.ts";

/** The part of a trace that an agent writes. */
export interface AgentTrace {
  readonly traceId: string;
  /** Every step so far, the engine's own included. */
  readonly steps: readonly Step[];
  /** The answer, or null; `run.answer` sets it for answers that are not text. */
  content: string | null;
  /** Why the agent stopped. @default "done" */
  stopReason: StopReason | null;
  /** Facts of the agent's own. */
  extra: JsonObject;
}

/** What an agent is given: the task's prompt, the connections it may open, the trace it fills. */
export interface AgentRun {
  readonly task: TaskRow;
  /** The prompt as the task yielded it. */
  readonly prompt: Prompt;
  /** The prompt's text turns, joined by blank lines. */
  readonly promptText: string;
  /** The prompt with one block per message. */
  readonly promptMessages: readonly Message[];
  /** Members of the start frame beside the prompt. */
  readonly startFrame: JsonObject;
  /** What the environment exposes. */
  readonly capabilities: readonly Capability[];
  readonly trace: AgentTrace;
  /** Fires when the agent must stop: deadline or cancellation. */
  readonly signal: AbortSignal;
  /**
   * Opens the capability that the factory can drive; `ref` (name, protocol or family) chooses among several.
   * The engine closes it when the agent is done; opening the same twice gives the same client.
   *
   * @throws UNKNOWN_CAPABILITY, CAPABILITY_CONNECT_FAILED
   */
  open<TClient>(factory: CapabilityClientFactory<TClient>, ref?: string): Promise<TClient>;
  /** Records a step, stamped and numbered, and gives it back. */
  record(step: StepInput): Step;
  /** Sets the answer: a text, or any JSON value for a task with a typed answer. */
  answer(value: Json): void;
}

/** An agent: stateless, so that one instance drives many rollouts at once. */
export interface AgentV1 {
  readonly specVersion: "agent/1";
  readonly name: string;
  /** What it was made with, for the job's record; no secrets. */
  readonly config?: JsonObject;
  /** Milliseconds for one run; a row's own `agentConfig.timeout_seconds` wins. */
  readonly timeoutMs?: number;
  /** Acts until done. Throwing makes the outcome `agent-failed`, or the error's own blame when it is an SdkError. */
  run(run: AgentRun): Promise<void>;
}
