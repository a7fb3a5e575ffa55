/**
 * The contracts: versioned interfaces that third parties implement, and the plain data that passes between them.
 * Types only; nothing here runs.
 *
 * @module
 */

export type { Json, JsonObject, JsonSchema } from "../util/json-types.ts";
export type { AgentRun, AgentTrace, AgentV1 } from "./agent.ts";
export type {
  Capability,
  CapabilityClientFactory,
  CapabilityConnectOptions,
  CapabilityDaemon,
  DaemonContext,
} from "./capability.ts";
export type { CommandRequest, CommandResult, CommandTarget } from "./command-target.ts";
export type { ContentBlock, ImageBlock, Message, OtherBlock, Prompt, PromptTurn, TextBlock } from "./content.ts";
export type { EvaluationResult, GraderV1, LazySubScore, SubScore } from "./grader.ts";
export type { FinishReason, ModelMessage, ModelRequest, ModelTool, ModelTurn, ModelV1, Sampling } from "./model.ts";
export type {
  ErrorRecord,
  Grade,
  GradedRun,
  Outcome,
  Phase,
  PhaseTimings,
  RunBase,
  RunResult,
  UngradedRun,
} from "./run-result.ts";
export type { RuntimeLease, RuntimeV1, SessionSnapshot } from "./runtime.ts";
export type {
  AgentStep,
  Citation,
  InferenceStep,
  ObservationStep,
  Step,
  StepBase,
  StepInput,
  SubagentStep,
  SystemStep,
  TaskStep,
  ToolCall,
  ToolResult,
  ToolStep,
  UserStep,
  VideoSegmentStep,
} from "./step.ts";
export type { SweeperV1, Swept } from "./sweeper.ts";
export type { ComposeConfig, RuntimeConfig, RuntimeLimits, RuntimeResources, TaskRow } from "./task-row.ts";
export type { StopReason, Trace, TraceStatus } from "./trace.ts";
export type { RewardGroup, TrainerV1, TrainStep } from "./trainer.ts";
export type { Sample, Usage } from "./usage.ts";
