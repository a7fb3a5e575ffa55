/**
 * Define environments, mint tasks, run agents on them.
 *
 * @module
 */
export type { Answer } from "./environment/answer.ts";
export {
  Capability,
  type CapabilityOptions,
  type CdpCapabilityOptions,
  type McpCapabilityOptions,
  type RfbCapabilityOptions,
  type RobotCapabilityOptions,
  type SshCapabilityOptions,
} from "./environment/capability.ts";
export { Chat, type ChatMessage, type ChatOptions } from "./environment/chat.ts";
export type { ServedEnvironment, Solution, TaskContext, TemplateDefinition } from "./environment/definition.ts";
export { Environment, type EnvironmentOptions, isEnvironment } from "./environment/environment.ts";
export { inProcess } from "./environment/in-process.ts";
export type { HookContext, LifecycleHook, TaskTeardownHook } from "./environment/lifecycle.ts";
export { preflight } from "./environment/preflight.ts";
export type { RunTasksOptions } from "./environment/run-tasks.ts";
export type {
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaPair,
  StandardResult,
  StandardSchema,
  StandardValidator,
  TypedSchema,
} from "./environment/standard-schema.ts";
export { isTask, Task } from "./environment/task.ts";
export type { TaskInit, TaskOptions } from "./environment/task-init.ts";
export { isTaskset, type TaskChoice, Taskset } from "./environment/taskset.ts";
export type {
  Evaluation,
  MintParams,
  PromptFrame,
  Template,
  TemplateAnswer,
  TemplateArgs,
  TemplateBody,
  TemplateOptions,
  TemplateYield,
} from "./environment/template.ts";
export { SdkError, type SdkErrorOptions } from "./errors/sdk-error.ts";
export type { Blame, ErrorCode, ErrorKind } from "./errors/table.ts";
export type { Job, JobEvent, JobStop } from "./rollout/job.ts";
export type { RolloutOptions, RuntimeChoice } from "./rollout/options.ts";
export { rollout } from "./rollout/rollout.ts";
export { runJob } from "./rollout/run-job.ts";
export type { RunOptions } from "./rollout/run-options.ts";
export type { AgentRun, AgentTrace, AgentV1 } from "./spec/agent.ts";
export type { CapabilityClientFactory, CapabilityDaemon, DaemonContext } from "./spec/capability.ts";
export type { ContentBlock, ImageBlock, Message, Prompt, PromptTurn, TextBlock } from "./spec/content.ts";
export type { EvaluationResult, GraderV1, SubScore } from "./spec/grader.ts";
export type { ErrorRecord, Grade, GradedRun, Outcome, RunResult, UngradedRun } from "./spec/run-result.ts";
export type { RuntimeLease, RuntimeV1 } from "./spec/runtime.ts";
export type { Step, StepInput } from "./spec/step.ts";
export type { RuntimeConfig, TaskRow } from "./spec/task-row.ts";
export type { Trace } from "./spec/trace.ts";
export type { Usage } from "./spec/usage.ts";
export type { Json, JsonObject, JsonSchema } from "./util/json-types.ts";
