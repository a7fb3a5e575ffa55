import type { AgentRun, Capability, JsonObject, JsonSchema, ToolResult } from "@hud-ts/core/spec";

/** What a call of a tool is given beside its arguments. */
export interface ToolCallOptions {
  /** Fires when the call must end: its time is over, or the run's. */
  readonly signal: AbortSignal;
  /** Milliseconds until then, where there is a limit: for tools that can end in time and report what they have. */
  readonly timeoutMs?: number | undefined;
}

/** Something a model can do. */
export interface AgentTool {
  /** As the author calls it; names that a provider would refuse are rewritten on the way to the model. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object: the arguments. */
  readonly parameters: JsonSchema;
  /** What it acts on: calls of one turn that share it run one after another, all others at once. */
  readonly capability?: string;
  /**
   * Does it. What it throws becomes an error result that the model sees, except an SdkError that blames
   * the infrastructure, which ends the run.
   */
  run(args: JsonObject, options: ToolCallOptions): Promise<ToolResult>;
}

/** Makes the tools for one kind of capability. */
export interface ToolProvider {
  /** Full protocol (`ssh/2`) or family (`ssh`) that it drives. */
  readonly protocol: string;
  /** Whether it is asked for every capability of that protocol, or for the first only. @default false */
  readonly many?: boolean;
  /** Opens the capability through the run, which closes it, and gives the tools that act on it. */
  tools(run: AgentRun, capability: Capability): Promise<readonly AgentTool[]>;
}
