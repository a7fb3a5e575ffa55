/**
 * Test doubles: a clock that moves by hand, an agent from a function, a run without an environment, a runtime whose environments are scripts.
 *
 * @module
 */
export { agentDouble } from "./agent-double.ts";
export { type AgentRunDouble, type AgentRunDoubleOptions, agentRunDouble } from "./agent-run-double.ts";
export { type ManualClock, manualClock } from "./manual-clock.ts";
export { type PeerCall, PeerError, type RuntimeDouble, type RuntimeScript, runtimeDouble } from "./runtime-double.ts";
