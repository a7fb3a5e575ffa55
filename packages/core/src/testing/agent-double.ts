import type { AgentRun, AgentV1 } from "../spec/agent.ts";
import type { Json } from "../util/json-types.ts";

/** An agent that does what the function does; the JSON value it returns, if any, is its answer. */
export function agentDouble(act: (run: AgentRun) => unknown): AgentV1 {
  return {
    specVersion: "agent/1",
    name: "double",
    async run(run) {
      const answer = await act(run);
      if (answer !== undefined) run.answer(answer as Json);
    },
  };
}
