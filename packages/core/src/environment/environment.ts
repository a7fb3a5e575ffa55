import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { SdkError } from "../errors/sdk-error.ts";
import type { Capability, CapabilityDaemon } from "../spec/capability.ts";
import type { JsonObject } from "../util/json-types.ts";
import { Bindings } from "./bindings.ts";
import { ENVIRONMENT, hasBrand } from "./brand.ts";
import { defineTemplate } from "./define-template.ts";
import type { ServedEnvironment, TaskContext, TemplateDefinition } from "./definition.ts";
import { Lifecycle, type LifecycleHook, runTaskTeardown, type TaskTeardownHook } from "./lifecycle.ts";
import { Task } from "./task.ts";
import type { MintParams, Template, TemplateBody, TemplateOptions } from "./template.ts";

/** What an environment is made of before anything is declared on it. */
export interface EnvironmentOptions {
  /** The name by which task rows refer to it: not empty, no blanks around it. */
  readonly name: string;
  /** @default "0.0.1" */
  readonly version?: string;
  /** Services that run already, each described by a function of `Capability`. */
  readonly capabilities?: readonly Capability[];
  /** Absolute directory against which relative seeds resolve. @default the directory of the source file, when it was loaded from one */
  readonly root?: string | URL;
}

/**
 * Declares an environment: templates that mint tasks, services that agents may use, hooks around its life.
 *
 * ```ts
 * const env = new Environment({ name: "letter-count" });
 * const count = env.template({ id: "count", args: z.object({ word: z.string() }) })(async function* ({ word }) {
 *   const answer = yield `How many letters has ${word}?`;
 *   yield answer.trim() === String(word.length);
 * });
 * const task = count({ word: "banana" });
 * ```
 *
 * Nothing runs until it is placed: by a task's or taskset's `run`, by `serve`, or by a runtime that loads its source.
 */
export class Environment implements ServedEnvironment {
  readonly name: string;
  readonly version: string;
  /** Directory against which relative seeds resolve. */
  root: string | undefined;
  readonly #templates = new Map<string, TemplateDefinition>();
  readonly #bindings = new Bindings();
  readonly #daemons: CapabilityDaemon[] = [];
  readonly #initialize: LifecycleHook[] = [];
  readonly #shutdown: LifecycleHook[] = [];
  readonly #taskTeardown: TaskTeardownHook[] = [];
  readonly #lifecycle: Lifecycle;

  /** @throws INVALID_OPTION */
  constructor(options: EnvironmentOptions) {
    this.name = checkName(options.name);
    this.version = options.version ?? "0.0.1";
    this.root = options.root === undefined ? undefined : checkRoot(this.name, options.root);
    for (const capability of options.capabilities ?? []) this.#bindings.publish(capability);
    const parts = { daemons: this.#daemons, initialize: this.#initialize, shutdown: this.#shutdown };
    this.#lifecycle = new Lifecycle(this.name, parts, this.#bindings);
  }

  /**
   * Declares a template, in two calls like a decorator: what describes it, then its code, an async generator whose first
   * yield is the prompt and whose second is the evaluation. Gives the function that mints its tasks.
   *
   * @throws INVALID_OPTION for an id in use, or a schema that cannot validate or be written as JSON Schema
   */
  template<TArgs = undefined, TReturns = undefined>(
    options: TemplateOptions<TArgs, TReturns>,
  ): (body: TemplateBody<TArgs, TReturns>) => Template<TArgs> {
    return (body) => {
      const definition = defineTemplate(options, body);
      this.#addTemplate(definition);
      const { id, description } = definition;
      const mint = (...[args, taskOptions]: MintParams<TArgs>) =>
        new Task({ ...taskOptions, env: this.name, id, args: args as JsonObject | undefined }, this);
      return Object.assign(mint, { id, description });
    };
  }

  /** Runs before the first task, after the attached daemons started, in the order of declaration. */
  initialize(hook: LifecycleHook): void {
    this.#checkDeclarable("an initialize hook");
    this.#initialize.push(hook);
  }

  /** Runs when the environment stops, before the attached daemons do; the hook declared last runs first. */
  shutdown(hook: LifecycleHook): void {
    this.#checkDeclarable("a shutdown hook");
    this.#shutdown.push(hook);
  }

  /** Runs after each task, whether it was graded, was cancelled or failed; the hook declared last runs first. */
  taskTeardown(hook: TaskTeardownHook): void {
    this.#checkDeclarable("a task teardown hook");
    this.#taskTeardown.push(hook);
  }

  /**
   * Exposes a service that runs already. From a hook it lasts until the environment stops; a name in use is replaced.
   *
   * @throws INVALID_OPTION for a capability without name or without an address
   */
  addCapability(capability: Capability): void {
    this.#bindings.publish(capability);
  }

  /**
   * Has the environment bring up a service itself: started before the hooks, in order of attachment, put back to its
   * baseline before each task, stopped in reverse. Gives the daemon back, which is the author's handle on it.
   * An environment with attached daemons runs one task at a time, unless all of them are shared.
   */
  attach<TDaemon extends CapabilityDaemon>(daemon: TDaemon): TDaemon {
    this.#checkDeclarable("a daemon");
    if (this.#daemons.includes(daemon)) {
      throw new SdkError({
        code: "INVALID_OPTION",
        message: `environment '${this.name}': this daemon is attached already`,
      });
    }
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Its templates by id, in the order of declaration. */
  get templates(): ReadonlyMap<string, TemplateDefinition> {
    return this.#templates;
  }

  /** Whether an attached daemon allows one task at a time only. */
  get exclusive(): boolean {
    return this.#daemons.some((daemon) => daemon.shared !== true);
  }

  /** What it exposes at the moment, in the order of publication. */
  bindings(): readonly Capability[] {
    return this.#bindings.list();
  }

  /**
   * Starts daemons, then hooks; what started is stopped again when a later one fails. The caller stops it.
   *
   * @throws ENVIRONMENT_START_FAILED naming the daemon or hook; INVALID_OPTION when it is started already
   */
  async start(options: { readonly signal: AbortSignal }): Promise<void> {
    await this.#lifecycle.start(this.root, options.signal);
  }

  /** Puts every daemon back to its baseline. @throws ENVIRONMENT_START_FAILED */
  async reset(options: { readonly signal: AbortSignal }): Promise<void> {
    await this.#lifecycle.reset(this.root, options.signal);
  }

  /** Runs the task teardown hooks; their failures are given back, not thrown. */
  async runTaskTeardown(context: TaskContext): Promise<readonly unknown[]> {
    return await runTaskTeardown(this.#taskTeardown, context);
  }

  /** Runs shutdown hooks, then stops daemons in reverse. Idempotent; never throws, failures are given back. */
  async stop(): Promise<readonly unknown[]> {
    return await this.#lifecycle.stop();
  }

  get [ENVIRONMENT](): true {
    return true;
  }

  #addTemplate(definition: TemplateDefinition): void {
    const { id } = definition;
    if (this.#templates.has(id)) {
      throw new SdkError({
        code: "INVALID_OPTION",
        message: `environment '${this.name}' has a template '${id}' already`,
      });
    }
    this.#templates.set(id, definition);
  }

  #checkDeclarable(what: string): void {
    if (!this.#lifecycle.active) return;
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `environment '${this.name}' is started: ${what} must be declared before`,
      hint: "declare it where the environment is made",
    });
  }
}

/** Whether `value` is an environment, also when another copy of this package made it. */
export function isEnvironment(value: unknown): value is Environment {
  return hasBrand(value, ENVIRONMENT);
}

function checkName(name: unknown): string {
  if (typeof name === "string" && name !== "" && name === name.trim()) return name;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `an environment's name must be a non-empty string without blanks around it, got ${JSON.stringify(name) ?? typeof name}`,
    hint: 'name it, as in new Environment({ name: "coder" })',
  });
}

function checkRoot(name: string, root: string | URL): string {
  const path = root instanceof URL ? fileURLToPath(root) : root;
  if (isAbsolute(path)) return path;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `environment '${name}': root must be an absolute path or a file URL, got '${path}'`,
    hint: 'pass new URL("./", import.meta.url)',
  });
}
