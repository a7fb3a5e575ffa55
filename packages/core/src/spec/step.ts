import type { Json, JsonObject } from "../util/json-types.ts";
import type { ContentBlock, Message } from "./content.ts";
import type { Trace } from "./trace.ts";
import type { Sample, Usage } from "./usage.ts";

/** Members every step has. Times are ISO-8601 UTC with microseconds and `Z`. */
export interface StepBase {
  /** 1-based, in order of recording. */
  readonly stepId: number;
  readonly messages: readonly Message[];
  readonly error: string | null;
  /** Never later than `endedAt`. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly extra: JsonObject;
}

/** A tool call of a model. A string in `arguments` is text that could not be parsed and is never executed. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject | string | null;
}

/** What a tool gave back. */
export interface ToolResult {
  readonly content: readonly ContentBlock[];
  readonly isError: boolean;
  readonly structuredContent?: Json;
  readonly callId?: string;
}

/** A source of a model's claim. */
export interface Citation {
  readonly type: string;
  readonly text: string;
  readonly source: string;
  readonly title: string | null;
  readonly startIndex: number | null;
  readonly endIndex: number | null;
}

/** The prompt, or another turn of the user. */
export interface UserStep extends StepBase {
  readonly source: "user";
}

/** Something the engine has to say. */
export interface SystemStep extends StepBase {
  readonly source: "system";
}

/** A call of the task's own code. */
export interface TaskStep extends StepBase {
  readonly source: "task";
  readonly taskCall: {
    readonly phase: "setup" | "evaluate";
    readonly name: string;
    readonly arguments: Json;
    readonly result: Json;
  };
}

/** One turn of a model. */
export interface AgentStep extends StepBase {
  readonly source: "agent";
  readonly content: string | null;
  readonly reasoning: string | null;
  readonly toolCalls: readonly ToolCall[];
  /** Whether the model said it was finished. */
  readonly done: boolean;
  readonly finishReason: string | null;
  readonly stopReason: "length" | "malformed_tool_call" | null;
  readonly refusal: string | null;
  readonly citations: readonly Citation[];
  /** The provider's response, JSON-safe. */
  readonly raw: Json;
  readonly model: string | null;
  readonly usage: Usage | null;
  readonly sample: Sample | null;
}

/** One executed tool call. An error result is not a step error. */
export interface ToolStep extends StepBase {
  readonly source: "tool";
  readonly call: ToolCall;
  readonly result: ToolResult;
}

/** A whole rollout inside another. */
export interface SubagentStep extends StepBase {
  readonly source: "subagent";
  readonly subagent: Trace;
}

/** What a robot saw at one tick. */
export interface ObservationStep extends StepBase {
  readonly source: "observation";
  readonly tick: number;
  readonly images: Readonly<Record<string, ContentBlock>>;
  readonly state: Readonly<Record<string, { readonly names: readonly string[]; readonly values: readonly number[] }>>;
}

/** A chunk of actions that a robot policy chose; `chunk` has shape `[chunkLength, names.length]`. */
export interface InferenceStep extends StepBase {
  readonly source: "inference";
  readonly tick: number;
  readonly chunk: readonly (readonly number[])[];
  readonly chunkLength: number;
  readonly names: readonly string[];
}

/** A piece of video; index 0 is the init segment. */
export interface VideoSegmentStep extends StepBase {
  readonly source: "video_segment";
  readonly camera: string;
  readonly index: number;
  readonly fps: number;
  readonly segment: { readonly type: "video"; readonly data: string; readonly mimeType: string };
}

/** One step of a trace, by source. */
export type Step =
  | UserStep
  | SystemStep
  | TaskStep
  | AgentStep
  | ToolStep
  | SubagentStep
  | ObservationStep
  | InferenceStep
  | VideoSegmentStep;

type Stamped = "stepId" | "endedAt";
type Defaulted =
  | "startedAt"
  | "messages"
  | "error"
  | "extra"
  | Exclude<keyof AgentStep, keyof StepBase | "source" | "content">;
type Recordable<TStep> = TStep extends Step
  ? Omit<TStep, Stamped | Defaulted> & Partial<Pick<TStep, Extract<keyof TStep, Defaulted>>>
  : never;

/**
 * A step as its author gives it: its id and end are stamped when it is recorded. What a step or turn does without may be left
 * out: it becomes null or an empty list or object, `startedAt` the end, `done` of a turn whether it calls no tool.
 */
export type StepInput = Recordable<Step>;
