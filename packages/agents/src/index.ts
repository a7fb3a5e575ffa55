/**
 * Agents: the author's solution, none at all, prepared answers, a loop over any model, or a loop of your own.
 *
 * @module
 */
export { type AgentDefinition, defineAgent } from "./define-agent.ts";
export type { AgentTool, ToolCallOptions, ToolProvider } from "./loop/agent-tool.ts";
export type { LoopOptions, StopCondition } from "./loop/loop-options.ts";
export {
  type EndpointOptions,
  type ModelOptions,
  type OpenaiCompatibleOptions,
  openaiCompatible,
} from "./openai-compatible/openai-compatible.ts";
export { nop } from "./scripted/nop.ts";
export { type OracleOptions, oracle } from "./scripted/oracle.ts";
export { type ScriptedAnswers, type ScriptedCommands, scripted } from "./scripted/scripted.ts";
export { workspaceTools } from "./workspace/workspace-tools.ts";
