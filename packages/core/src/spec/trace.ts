import type { JsonObject } from "../util/json-types.ts";
import type { Step } from "./step.ts";

/** How the agent's part of a rollout ended. */
export type TraceStatus = "completed" | "error" | "cancelled";

/** Why the agent stopped. The reference knows the first five; the rest are budgets of ours. */
export type StopReason =
  | "done"
  | "max_steps"
  | "length"
  | "timeout"
  | "malformed_tool_call"
  | "token-budget"
  | "cost-budget"
  | "sandbox-exhausted";

/** Everything that happened in a rollout, in order. */
export interface Trace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly steps: readonly Step[];
  readonly status: TraceStatus | null;
  readonly stopReason: StopReason | null;
  /** The agent's answer. */
  readonly content: string | null;
  readonly extra: JsonObject;
}
