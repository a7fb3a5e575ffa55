import type { AgentRun } from "../spec/agent.ts";
import type { Capability } from "../spec/capability.ts";
import type { Json, JsonObject, JsonSchema } from "../util/json-types.ts";

/** What a task's code knows about its run. */
export interface TaskContext {
  /** Fires when the start or grade is cancelled; pass it to whatever waits. */
  readonly signal: AbortSignal;
  /** The session that owns the task. */
  readonly sessionId: string;
}

/** A reference solution: acts like an agent, gives the answer. Never on the wire. */
export type Solution = (args: unknown, run: AgentRun) => Promise<Json> | Json;

/** A template with its types erased: what the server and the source loader see. */
export interface TemplateDefinition {
  readonly id: string;
  readonly description: string;
  /** Schemas of the manifest; `args` always says `additionalProperties`. */
  readonly schemas: { readonly args: JsonSchema; readonly input?: JsonSchema; readonly returns?: JsonSchema };
  /** @throws INVALID_TASK_ARGS with the reference's text, `task '<id>': bad args […]: <reason>` */
  parseArgs(args: JsonObject): Promise<unknown>;
  /** The answer as the task's code receives it: a string, or an `Answer` when the template declared what it returns. */
  parseAnswer(answer: Json | undefined): Promise<unknown>;
  /** Begins the task: a generator that yields the prompt, then the evaluation. */
  run(args: unknown, context: TaskContext): AsyncGenerator<unknown, unknown, unknown>;
  readonly solution: Solution | undefined;
}

/** An environment as the server sees it. */
export interface ServedEnvironment {
  readonly name: string;
  readonly version: string;
  readonly templates: ReadonlyMap<string, TemplateDefinition>;
  /** Whether attached daemons allow one task at a time only. */
  readonly exclusive: boolean;
  /** What it exposes at the moment. */
  bindings(): readonly Capability[];
  /** Starts daemons, then hooks. @throws ENVIRONMENT_START_FAILED */
  start(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Puts every daemon back to its baseline. */
  reset(options: { readonly signal: AbortSignal }): Promise<void>;
  /** Runs the task teardown hooks; their failures are given back, not thrown. */
  runTaskTeardown(context: TaskContext): Promise<readonly unknown[]>;
  /** Runs shutdown hooks, then stops daemons in reverse. Never throws; failures are given back. */
  stop(): Promise<readonly unknown[]>;
}
