import { setMaxListeners } from "node:events";
import { errorText, SdkError } from "../../errors/sdk-error.ts";
import { onAbort, withResolvers } from "../../util/abort.ts";
import type { Clock } from "../../util/clock.ts";
import type { Json, JsonObject } from "../../util/json-types.ts";
import { settlesWithin } from "../../util/settles-within.ts";
import type { ServedEnvironment, TemplateDefinition } from "../definition.ts";
import { gradeFrame } from "./grade-frame.ts";
import { startFrame } from "./start-frame.ts";

/** What all tasks of one server share. */
export interface TaskHost {
  readonly environment: ServedEnvironment;
  /** How long cancelled code may take to end. */
  readonly graceMs: number;
  /** How long a graded task's last lines, and the teardown hooks, may take. */
  readonly cleanupMs: number;
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
}

/** Which task, for whom. */
export interface TaskRunnerOptions {
  readonly template: TemplateDefinition;
  readonly sessionId: string;
  /** What must be done before the task's code may run. */
  readonly prepare?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** The life of one task: started, suspended at its prompt, graded or cancelled, torn down exactly once. */
export class TaskRunner {
  readonly taskId: string;
  readonly sessionId: string;
  readonly #host: TaskHost;
  readonly #options: TaskRunnerOptions;
  readonly #controller = new AbortController();
  #generator: AsyncGenerator<unknown, unknown, unknown> | undefined;
  #busy = false;
  #ending: Promise<void> | undefined;
  #ended = false;

  constructor(host: TaskHost, options: TaskRunnerOptions) {
    this.taskId = options.template.id;
    this.sessionId = options.sessionId;
    this.#host = host;
    this.#options = options;
    setMaxListeners(0, this.#signal); // a grader that waits for twenty things at once leaks nothing
  }

  /** Whether its code runs at the moment: it starts or is being graded. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Whether it is over, teardown hooks included. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Runs the task to its first yield and gives the start frame. A task that fails to start has ended when this rejects. */
  async start(args: JsonObject): Promise<JsonObject> {
    this.#busy = true;
    try {
      await this.#options.prepare?.(this.#signal);
      const first = await (await this.#begin(args)).next();
      if (first.done) throw this.#neverYielded();
      return startFrame(this.taskId, first.value);
    } catch (error) {
      await this.#end(this.#host.graceMs);
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  /** Sends the answer in, takes the second yield and gives the grade frame. The task has ended when this settles. */
  async grade(answer: Json | undefined): Promise<JsonObject> {
    this.#busy = true;
    try {
      const parsed = await this.#options.template.parseAnswer(answer);
      this.#signal.throwIfAborted();
      return this.#evaluation(await this.#generator?.next(parsed));
    } finally {
      await this.#end(this.#host.cleanupMs);
      this.#busy = false;
    }
  }

  /** Interrupts whatever runs; resolves when the task has ended, its code within the grace period or abandoned. Never throws. */
  async cancel(reason: string): Promise<void> {
    this.#controller.abort(new SdkError({ code: "ABORTED", message: reason }));
    await this.#end(this.#host.graceMs);
  }

  get #signal(): AbortSignal {
    return this.#controller.signal;
  }

  async #begin(args: JsonObject): Promise<AsyncGenerator<unknown, unknown, unknown>> {
    const { template, sessionId } = this.#options;
    const parsed = await template.parseArgs(args);
    this.#signal.throwIfAborted();
    this.#generator = template.run(parsed, { signal: this.#signal, sessionId });
    return this.#generator;
  }

  #evaluation(second: IteratorResult<unknown, unknown> | undefined): JsonObject {
    if (second !== undefined && !second.done) return gradeFrame(this.taskId, second.value);
    if (second?.value === undefined) return { score: 0 };
    throw new SdkError({
      code: "GRADE_INVALID",
      message: `task '${this.taskId}' returned its evaluation instead of yielding it`,
      hint: "Write `yield reward` as the second yield.",
    });
  }

  #neverYielded(): SdkError {
    return new SdkError({
      code: "TASK_SETUP_FAILED",
      message: `task '${this.taskId}' ended before its first yield: yield the prompt first, then the evaluation`,
    });
  }

  #end(patienceMs: number): Promise<void> {
    this.#ending ??= this.#tearDown(patienceMs);
    return this.#ending;
  }

  async #tearDown(patienceMs: number): Promise<void> {
    if (this.#generator !== undefined) await this.#close(this.#generator, patienceMs);
    await this.#runTeardownHooks();
    this.#ended = true;
  }

  async #close(generator: AsyncGenerator<unknown, unknown, unknown>, patienceMs: number): Promise<void> {
    try {
      const overdueMs = await this.#overdue(generator.return(undefined), patienceMs);
      if (overdueMs === undefined) return;
      this.#warn(`did not end within ${overdueMs} ms and was abandoned: pass the task's signal to what it waits for`);
    } catch (error) {
      this.#warn(`failed while it was closed: ${errorText(error)}`);
    }
  }

  /** The time that code took too long to end in; undefined when it ended. A cancellation on the way leaves it the grace period only. */
  async #overdue(ending: Promise<unknown>, patienceMs: number): Promise<number | undefined> {
    const { graceMs, clock } = this.#host;
    const { promise: over, resolve: giveUp } = withResolvers<number>();
    let timer = clock.timer(patienceMs, () => giveUp(patienceMs));
    using _cancelled = onAbort(this.#signal, () => {
      timer[Symbol.dispose]();
      timer = clock.timer(graceMs, () => giveUp(graceMs));
    });
    try {
      return await Promise.race([ending.then(() => undefined), over]);
    } finally {
      timer[Symbol.dispose]();
    }
  }

  async #runTeardownHooks(): Promise<void> {
    const { cleanupMs, clock } = this.#host;
    const controller = new AbortController(); // its own: the task's has fired when the task was cancelled
    if (await settlesWithin(this.#reportedHooks(controller.signal), cleanupMs, clock)) return;
    controller.abort(
      new SdkError({ code: "DEADLINE_EXCEEDED", message: `teardown hooks have ${cleanupMs} ms, which are over` }),
    );
    this.#warn(`teardown hooks did not end within ${cleanupMs} ms and were abandoned`);
  }

  async #reportedHooks(signal: AbortSignal): Promise<void> {
    try {
      const failures = await this.#host.environment.runTaskTeardown({ signal, sessionId: this.sessionId });
      for (const failure of failures) this.#warn(`teardown hook failed: ${errorText(failure)}`);
    } catch (error) {
      this.#warn(`teardown failed: ${errorText(error)}`);
    }
  }

  #warn(problem: string): void {
    this.#host.onWarning(`task '${this.taskId}' of session ${this.sessionId}: ${problem}`);
  }
}
