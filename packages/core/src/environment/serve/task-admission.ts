import type { TemplateDefinition } from "../definition.ts";
import { pythonRepr } from "./python-text.ts";
import { Refusal } from "./refusal.ts";
import type { Session, Sessions } from "./sessions.ts";
import { type TaskHost, TaskRunner } from "./task-runner.ts";

/**
 * Lets tasks in. A session has one task, so a start replaces the one before. An environment whose daemons all tasks share has one task
 * in all: a start is refused while somebody uses the other one, which is cancelled when nobody does, and finds the daemons at their baseline.
 */
export class TaskAdmission {
  readonly #host: TaskHost;
  readonly #sessions: Sessions;
  /** The only task of an exclusive environment; it may have ended. */
  #holder: { readonly session: Session; readonly runner: TaskRunner } | undefined;
  #resets: Promise<void> = Promise.resolve();

  constructor(host: TaskHost, sessions: Sessions) {
    this.#host = host;
    this.#sessions = sessions;
  }

  /** The session's new task, not started yet; what it displaces ends when it starts. */
  admit(session: Session, template: TemplateDefinition): TaskRunner {
    const displaced = [session.runner, this.#displaceable(session)?.runner].filter((runner) => runner !== undefined);
    const { exclusive } = this.#host.environment;
    const prepare = async (signal: AbortSignal) => {
      await Promise.all(displaced.map((runner) => runner.cancel("another task was started in its place")));
      if (exclusive) await this.#reset(signal);
    };
    const runner = new TaskRunner(this.#host, {
      template,
      sessionId: session.id,
      prepare: exclusive || displaced.length > 0 ? prepare : undefined,
    });
    this.#sessions.attach(session, runner);
    if (exclusive) this.#take(session, runner);
    return runner;
  }

  /** Who holds an exclusive environment without using it. */
  #displaceable(session: Session): { readonly session: Session; readonly runner: TaskRunner } | undefined {
    const holder = this.#holder;
    if (holder === undefined || holder.runner.ended || holder.session === session) return undefined;
    if (!holder.session.live && !holder.runner.busy) return holder;
    throw new Refusal(
      "invalidState",
      `session ${pythonRepr(holder.session.id)} is running task ${pythonRepr(holder.runner.taskId)}, and this environment runs one task at a time`,
    );
  }

  #take(session: Session, runner: TaskRunner): void {
    const holder = this.#holder;
    this.#holder = { session, runner };
    if (holder !== undefined && holder.session !== session && holder.session.runner === holder.runner) {
      this.#sessions.detach(holder.session);
    }
  }

  // One after the other: a start that was interrupted may have left its reset running.
  async #reset(signal: AbortSignal): Promise<void> {
    const reset = this.#resets.then(() => this.#host.environment.reset({ signal }));
    this.#resets = reset.catch(() => {});
    await reset;
  }
}
