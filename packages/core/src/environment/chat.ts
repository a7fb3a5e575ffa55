import { SdkError } from "../errors/sdk-error.ts";
import { rollout } from "../rollout/rollout.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { ContentBlock } from "../spec/content.ts";
import type { RunResult } from "../spec/run-result.ts";
import type { RuntimeV1 } from "../spec/runtime.ts";
import type { Citation } from "../spec/step.ts";
import type { Trace } from "../spec/trace.ts";
import { acquire } from "../util/acquire.ts";
import { randomId } from "../util/ids.ts";
import type { Json } from "../util/json-types.ts";
import { Scope } from "../util/scope.ts";
import { inProcess } from "./in-process.ts";
import { noPlacement } from "./run-tasks.ts";
import { Task } from "./task.ts";

/** How a chat runs. */
export interface ChatOptions {
  /** Where the task's environment runs. @default in process, against the environment that minted the task */
  readonly runtime?: RuntimeV1 | undefined;
}

/** One message of a chat: what the task finds in `args.messages`. */
export interface ChatMessage {
  readonly role: "user" | "assistant";
  /** One block, or several in an array. */
  readonly content: ContentBlock | readonly ContentBlock[];
  /** What the answer refers to; absent when it refers to nothing. */
  readonly citations?: readonly Citation[];
}

/**
 * A conversation over a task whose template takes the history as its argument `messages`: each message sent is one rollout,
 * and its answer the next message. The environment stays up between them; close the chat, or declare it with `await using`.
 */
export class Chat implements AsyncDisposable {
  /** The history so far. */
  readonly messages: ChatMessage[] = [];
  /** One per message that reached the agent, in order, all of one job. */
  readonly runs: RunResult[] = [];
  /** 32 lower-case hex digits. */
  readonly jobId: string = randomId();
  readonly #task: Task;
  readonly #agent: AgentV1;
  readonly #runtime: RuntimeV1;
  #held: AsyncDisposable | undefined;
  #state: "idle" | "busy" | "closed" = "idle";

  /** @throws INVALID_OPTION for a task that no environment minted, without a runtime */
  constructor(task: Task, agent: AgentV1, options: ChatOptions = {}) {
    if (options.runtime === undefined && task.environment === undefined) throw noPlacement(task);
    this.#task = task;
    this.#agent = agent;
    this.#runtime = options.runtime ?? inProcess(task.environment ?? []);
  }

  /**
   * Sends a message and waits for the agent's answer, which is the trace's `content`. When there is none the message stays
   * in the history, so that it can be answered by a later one.
   *
   * @throws CLOSED, INVALID_OPTION while another message is under way; what ended the rollout without a grade
   */
  async send(
    content: string | readonly ContentBlock[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Trace> {
    this.#begin();
    try {
      this.messages.push({ role: "user", content: contentOf(content) });
      const run = await this.#answer(options.signal ?? new AbortController().signal);
      this.runs.push(run);
      if (run.outcome !== "graded") throw new SdkError(run.error);
      this.messages.push(replyOf(run.trace));
      return run.trace;
    } finally {
      if (this.#state === "busy") this.#state = "idle";
    }
  }

  /** Lets the environment go. Idempotent. */
  async close(): Promise<void> {
    this.#state = "closed";
    const held = this.#held;
    this.#held = undefined;
    await held?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(): void {
    if (this.#state === "closed") throw new SdkError({ code: "CLOSED", message: "the chat is closed" });
    if (this.#state === "busy") {
      throw new SdkError({
        code: "INVALID_OPTION",
        message: "the chat's last message has no answer yet",
        hint: "await each send before the next",
      });
    }
    this.#state = "busy";
  }

  async #answer(signal: AbortSignal): Promise<RunResult> {
    const { environment, args, ...row } = taskMembers(this.#task);
    const task = new Task({ ...row, args: { ...args, messages: this.messages as unknown as Json } }, environment);
    await this.#hold(task, signal);
    return await rollout(task, this.#agent, { runtime: this.#runtime, jobId: this.jobId, signal });
  }

  async #hold(task: Task, signal: AbortSignal): Promise<void> {
    if (this.#held !== undefined) return;
    const held = await acquire(async (given) => {
      return (await this.#runtime.prepare?.([task], { signal: given })) ?? new Scope();
    }, signal);
    if (this.#state === "closed") await held[Symbol.asyncDispose]();
    else this.#held = held;
  }
}

function taskMembers(task: Task) {
  const { env, id, args, slug, validation, agentConfig, columns, runtimeConfig, verifier, environment } = task;
  return { env, id, args, slug, validation, agentConfig, columns, runtimeConfig, verifier, environment };
}

function contentOf(content: string | readonly ContentBlock[]): ChatMessage["content"] {
  if (typeof content === "string") return { type: "text", text: content };
  const [only] = content;
  return content.length === 1 && only !== undefined ? only : content;
}

function replyOf(trace: Trace): ChatMessage {
  const last = trace.steps.findLast((step) => step.source === "agent");
  const citations = last?.citations ?? [];
  const content = { type: "text", text: trace.content ?? "" } as const;
  return citations.length === 0 ? { role: "assistant", content } : { role: "assistant", content, citations };
}
