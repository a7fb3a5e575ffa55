import type { AgentRun } from "../spec/agent.ts";
import type { Prompt } from "../spec/content.ts";
import type { EvaluationResult } from "../spec/grader.ts";
import type { Json } from "../util/json-types.ts";
import type { Answer } from "./answer.ts";
import type { TaskContext } from "./definition.ts";
import type { SchemaInput, SchemaOutput, TypedSchema } from "./standard-schema.ts";
import type { Task } from "./task.ts";
import type { TaskOptions } from "./task-init.ts";

/** What describes a template; its code follows in the second call. */
export interface TemplateOptions<TArgs = undefined, TReturns = undefined> {
  /** Unique within the environment, not empty. */
  readonly id: string;
  /** For the manifest: what the task is about. @default "" */
  readonly description?: string;
  /** Schema of an object whose properties are the arguments. @default no arguments */
  readonly args?: (TArgs & ArgsCheck<TArgs>) | undefined;
  /** Schema of the answer. Without it the answer is text. */
  readonly returns?: (TReturns & ReturnsCheck<TReturns>) | undefined;
  /** Schema of what the task is given to work on; for the manifest only. */
  readonly input?: TypedSchema | undefined;
  /** The reference solution: acts through `run` like any agent, gives the answer. Never on the wire. */
  readonly solution?:
    | ((args: TemplateArgs<TArgs>, run: AgentRun) => SolutionAnswer<TReturns> | Promise<SolutionAnswer<TReturns>>)
    | undefined;
}

/** A prompt with facts for the client beside it, such as per-episode connection data under `bindings`. */
export interface PromptFrame {
  readonly prompt: Prompt;
  readonly [member: string]: unknown;
}

/** The second yield in short: a number, or an object with a finite `reward` or `score`. Booleans count as 1 and 0. */
export type Evaluation =
  | number
  | boolean
  | (Partial<EvaluationResult> & Pick<EvaluationResult, "reward">)
  | { readonly score: number | boolean; readonly [member: string]: unknown };

/** What a template's code yields: first a prompt, then an evaluation. */
export type TemplateYield = Prompt | PromptFrame | Evaluation;

/** A template's code: yields the prompt, receives the answer, yields the evaluation. */
export type TemplateBody<TArgs = undefined, TReturns = undefined> = (
  args: TemplateArgs<TArgs>,
  context: TaskContext,
) => AsyncGenerator<TemplateYield, void, TemplateAnswer<TReturns>>;

/** Mints tasks: `fixBug({ difficulty: 2 }, { slug: "second" })`. Arguments are checked by type here, by value when the task is placed. */
export interface Template<TArgs = undefined> {
  (...params: MintParams<TArgs>): Task;
  /** The template's id within its environment. */
  readonly id: string;
  readonly description: string;
}

/** The arguments as the template's code receives them: validated, defaults filled in. */
export type TemplateArgs<TArgs> = TArgs extends undefined ? Record<never, never> : SchemaOutput<TArgs>;

/** The answer as the template's code receives it. */
export type TemplateAnswer<TReturns> = TReturns extends undefined ? string : Answer<SchemaOutput<TReturns>>;

type SolutionAnswer<TReturns> = TReturns extends undefined ? Json : SchemaInput<TReturns>;

type MintArgs<TArgs> = TArgs extends undefined ? Record<never, never> : SchemaInput<TArgs>;

/** What a template is called with: its arguments, left out when all are optional, and a row's other members. */
export type MintParams<TArgs> =
  Record<never, never> extends MintArgs<TArgs>
    ? [args?: MintArgs<TArgs>, options?: TaskOptions]
    : [args: MintArgs<TArgs>, options?: TaskOptions];

// A wrong schema is told in a sentence: TypeScript prints the literal it could not assign.
type ArgsCheck<TArgs> = TArgs extends undefined
  ? unknown
  : TArgs extends TypedSchema
    ? SchemaInput<TArgs> extends object
      ? unknown
      : "args must be a schema of an object: its properties name the arguments"
    : "args must be Standard Schema and Standard JSON Schema (zod, ArkType), or { schema, jsonSchema }";
type ReturnsCheck<TReturns> = TReturns extends undefined | TypedSchema
  ? unknown
  : "returns must be Standard Schema and Standard JSON Schema (zod, ArkType), or { schema, jsonSchema }";
