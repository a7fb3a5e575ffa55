import { SdkError } from "@hud-ts/core/adapter";
import type { AgentRun, AgentV1, JsonObject } from "@hud-ts/core/spec";

/** An agent of one's own. */
export interface AgentDefinition {
  /** Names it in results. */
  readonly name: string;
  /** What it was made with, for the job's record; no secrets. */
  readonly config?: JsonObject | undefined;
  /** Milliseconds for one run; a row's own limit wins. @default none */
  readonly timeoutMs?: number | undefined;
  /** Acts until done: opens capabilities, records steps, answers. One definition drives many runs at once. */
  readonly run: (run: AgentRun) => Promise<void>;
}

/**
 * Makes an agent of any loop or framework.
 *
 * @throws INVALID_OPTION
 * @example
 * const guess = defineAgent({ name: "guess", run: async (run) => run.answer("3") });
 */
export function defineAgent(definition: AgentDefinition): AgentV1 {
  const { name, config, timeoutMs, run } = definition;
  if (typeof name !== "string" || name === "") throw invalid("expected a name, got none");
  if (typeof run !== "function") throw invalid(`expected run of ${name} to be a function, got ${typeof run}`);
  if (timeoutMs !== undefined && !(timeoutMs > 0))
    throw invalid(`expected timeoutMs of ${name} above 0, got ${timeoutMs}`);
  return {
    specVersion: "agent/1",
    name,
    ...(config === undefined ? {} : { config }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    run,
  };
}

function invalid(message: string): SdkError<"INVALID_OPTION"> {
  return new SdkError({ code: "INVALID_OPTION", message: `defineAgent: ${message}` });
}
