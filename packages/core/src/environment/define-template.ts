import { SdkError } from "../errors/sdk-error.ts";
import type { AgentRun } from "../spec/agent.ts";
import type { Json, JsonObject } from "../util/json-types.ts";
import { answerText, parseAnswer } from "./answer.ts";
import type { TaskContext, TemplateDefinition } from "./definition.ts";
import { resolveSchema } from "./schema.ts";
import { argsParser } from "./template-args.ts";

/** Options with their types erased: what is left to check at run time. */
interface ErasedOptions {
  readonly id: string;
  readonly description?: string;
  readonly args?: unknown;
  readonly returns?: unknown;
  readonly input?: unknown;
  readonly solution?: unknown;
}

type ErasedBody = (args: unknown, context: TaskContext) => AsyncGenerator<unknown, unknown, unknown>;

/**
 * Makes the definition that a server runs.
 *
 * @throws INVALID_OPTION
 */
export function defineTemplate(options: ErasedOptions, body: unknown): TemplateDefinition {
  const { id, description = "" } = options;
  if (typeof id !== "string" || id === "") {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `a template's id must be a non-empty string, got ${JSON.stringify(id) ?? typeof id}`,
    });
  }
  if (typeof body !== "function") {
    throw invalid(
      id,
      `its code must be an async generator function, got ${typeof body}`,
      "write async function* (args) { … }",
    );
  }
  if (options.solution !== undefined && typeof options.solution !== "function") {
    throw invalid(id, `solution must be a function, got ${typeof options.solution}`);
  }
  const args = argsParser(id, options.args);
  const input = options.input === undefined ? undefined : resolveSchema(options.input, `template '${id}': input`);
  const returns =
    options.returns === undefined ? undefined : resolveSchema(options.returns, `template '${id}': returns`);
  const solution = options.solution as ((args: unknown, run: AgentRun) => Json | Promise<Json>) | undefined;

  return {
    id,
    description,
    schemas: {
      args: args.jsonSchema,
      ...(input && { input: input.jsonSchema }),
      ...(returns && { returns: returns.jsonSchema }),
    },
    parseArgs: (given) => args.parse(given),
    parseAnswer: async (answer) => (returns === undefined ? answerText(answer) : await parseAnswer(returns, answer)),
    run: (parsed, context) => generator(id, (body as ErasedBody)(parsed, context)),
    solution: solution && (async (given, run) => await solution(await args.parse(given as JsonObject), run)),
  };
}

/** A plain async function type-checks nowhere but in JavaScript; it fails here rather than as a missing `next`. */
function generator(id: string, value: unknown): AsyncGenerator<unknown, unknown, unknown> {
  if (typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value) {
    return value as AsyncGenerator<unknown, unknown, unknown>;
  }
  throw new SdkError({
    code: "TASK_SETUP_FAILED",
    message: `task '${id}': its code gave no async generator`,
    hint: "write async function* (args) { const answer = yield prompt; yield reward; }",
  });
}

function invalid(id: string, problem: string, hint?: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message: `template '${id}': ${problem}`, hint });
}
