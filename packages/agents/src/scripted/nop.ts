import type { AgentV1 } from "@hud-ts/core/spec";

/** Does nothing and answers nothing: what a task is worth to one who does not try. */
export function nop(): AgentV1 {
  return { specVersion: "agent/1", name: "nop", run: async () => {} };
}
