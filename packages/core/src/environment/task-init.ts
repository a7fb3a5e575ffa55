import type { RuntimeConfig, TaskRow } from "../spec/task-row.ts";
import type { JsonObject } from "../util/json-types.ts";

/** What a minted task may be given beside its arguments. */
export interface TaskOptions {
  /** Unique within a taskset, not empty. @default the template's id, and with arguments a hash of them */
  readonly slug?: string | undefined;
  /** Facets for filtering and reporting. */
  readonly columns?: JsonObject | undefined;
  /** The agent's own settings in the reference's snake_case keys; `timeout_seconds` bounds the agent. */
  readonly agentConfig?: JsonObject | undefined;
  /** What it asks of its placement. */
  readonly runtimeConfig?: RuntimeConfig | undefined;
  /** A second, agent-less task whose grade replaces this one's. It has no verifier of its own. */
  readonly verifier?: TaskRow | undefined;
  /** Recorded tool calls that solve it; kept, not interpreted. */
  readonly validation?: readonly JsonObject[] | undefined;
}

/** A row before it is one: what `new Task` takes. */
export interface TaskInit extends TaskOptions {
  /** Name of the environment, not empty. */
  readonly env: string;
  /** Id of a template of it, not empty. */
  readonly id: string;
  /** @default {} */
  readonly args?: JsonObject | undefined;
}
