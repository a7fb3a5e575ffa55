import type { Json, JsonObject, JsonSchema } from "../util/json-types.ts";
import type { ContentBlock } from "./content.ts";
import type { ToolCall, ToolResult } from "./step.ts";
import type { Sample, Usage } from "./usage.ts";

/** One message to a model. */
export type ModelMessage =
  | { readonly role: "system"; readonly content: readonly ContentBlock[] }
  | { readonly role: "user"; readonly content: readonly ContentBlock[] }
  | {
      readonly role: "assistant";
      readonly content: readonly ContentBlock[];
      readonly toolCalls?: readonly ToolCall[];
      readonly reasoning?: string | null;
      /** The provider's own form of this turn, replayed as it came. */
      readonly raw?: Json;
    }
  | { readonly role: "tool"; readonly callId: string; readonly name: string; readonly result: ToolResult };

/** A tool as a model sees it. */
export interface ModelTool {
  /** `[A-Za-z0-9_-]`, at most 64 characters. */
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

/** How to sample; what is undefined is the provider's default. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
}

/** One request to a model. */
export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  readonly tools?: readonly ModelTool[];
  readonly maxOutputTokens?: number;
  readonly sampling?: Sampling;
  /** A JSON Schema that the reply's text must satisfy, where the provider can enforce one. */
  readonly responseSchema?: JsonSchema;
  /** Members for the provider alone. */
  readonly extra?: JsonObject;
}

/** Why a model ended its turn; `other` keeps the provider's word in `rawFinishReason`. */
export type FinishReason = "stop" | "length" | "tool-calls" | "refusal" | "other";

/** One reply of a model. */
export interface ModelTurn {
  readonly content: readonly ContentBlock[];
  readonly toolCalls: readonly ToolCall[];
  readonly reasoning: string | null;
  readonly finishReason: FinishReason;
  readonly rawFinishReason: string | null;
  readonly refusal: string | null;
  readonly usage: Usage;
  /** The provider's response, JSON-safe. */
  readonly raw: Json;
  readonly sample?: Sample;
}

/** A language model. */
export interface ModelV1 {
  readonly specVersion: "model/1";
  readonly id: string;
  /**
   * Asks for one turn. Retries what the provider says may be retried, within its own bound.
   *
   * @throws MODEL_UNAVAILABLE, MODEL_RATE_LIMITED, MODEL_AUTH, MODEL_REQUEST_INVALID; the last with
   *   `details.reason` `"context-length"` when the conversation is longer than the model can read
   */
  generate(request: ModelRequest, options: { readonly signal: AbortSignal }): Promise<ModelTurn>;
}
