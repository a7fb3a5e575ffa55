import { setMaxListeners } from "node:events";
import { SdkError } from "../errors/sdk-error.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { RunResult } from "../spec/run-result.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { onAbort, type PromiseWithResolvers, withResolvers } from "../util/abort.ts";
import { randomId } from "../util/ids.ts";
import { isRetryable } from "./failure.ts";
import { groupIdOf, type JobEvent, type JobStop } from "./job.ts";
import { endedEvent, gradedEvent } from "./journal/events.ts";
import type { JobSink } from "./journal/job-store.ts";
import type { Carried } from "./resume.ts";
import { retryDelayMs } from "./retry.ts";
import { rollout } from "./rollout.ts";
import { keepsSteps, type ResolvedRunOptions } from "./run-options.ts";
import type { RuntimeTable } from "./runtime-table.ts";
import { Scheduler, type Verdict } from "./scheduler.ts";
import { unplacedRun } from "./unplaced-run.ts";

/** What a {@link JobRunner} works on. */
export interface JobRunnerOptions {
  readonly tasks: readonly TaskRow[];
  readonly agent: AgentV1;
  readonly options: ResolvedRunOptions;
  readonly runtimes: RuntimeTable;
  readonly id: string;
  readonly name: string;
  readonly group: number;
  readonly sink: JobSink;
  readonly carried: Carried;
  readonly signal: AbortSignal;
}

/** One planned rollout. */
interface Slot {
  readonly task: TaskRow;
  readonly groupId: string;
  readonly repeat: number;
  attempts: number;
  result: RunResult | undefined;
}

/** Does what the scheduler decides: starts rollouts, journals and reports them, waits for what comes next. */
export class JobRunner {
  readonly #o: JobRunnerOptions;
  readonly #slots: readonly Slot[];
  readonly #scheduler: Scheduler;
  readonly #stop = new AbortController();
  readonly #finished: PromiseWithResolvers<void> = withResolvers();
  readonly #keepSteps: boolean;
  #failure: { readonly error: unknown } | undefined;
  #wake: Disposable | undefined;
  #lastLost: RunResult | undefined;

  constructor(o: JobRunnerOptions) {
    this.#o = o;
    this.#slots = o.tasks.flatMap((task, index) => {
      const groupId = groupIdOf(o.id, task.slug);
      return Array.from({ length: o.group }, (_, repeat) => ({
        task,
        groupId,
        repeat,
        attempts: o.carried.attempts.get(index * o.group + repeat) ?? 0,
        result: o.carried.results.get(index * o.group + repeat),
      }));
    });
    setMaxListeners(0, this.#stop.signal); // every running rollout listens; Node would call eleven a leak
    this.#keepSteps = keepsSteps(o.options, this.#slots.length);
    this.#scheduler = schedulerFor(o, this.#slots);
  }

  /** @throws STORAGE_FAILED when a result could not be kept */
  async run(): Promise<{ readonly runs: readonly RunResult[]; readonly stopped: JobStop | null }> {
    const { id, name, sink, carried, options, signal } = this.#o;
    using _cancelled = onAbort(signal, () => this.#abort(signal.reason));
    using _unkept = onAbort(sink.signal, () => this.#fail(sink.signal.reason));
    const counts = { total: this.#slots.length, kept: carried.results.size };
    const sourceHash = options.source?.hash ?? null;
    await sink.append({ type: "job", jobId: id, ...counts, pid: process.pid, sourceHash });
    this.#emit({ type: "job", jobId: id, name, dir: sink.dir, ...counts });
    this.#pump();
    await this.#finished.promise;
    if (this.#failure !== undefined) throw this.#failure.error;
    const stopped = this.#stopOf();
    if (stopped !== null) this.#emit({ type: "stopped", jobId: id, ...stopped });
    return { runs: this.#slots.map((slot) => slot.result ?? this.#unplaced(slot, stopped)), stopped };
  }

  /** Starts what may start and sees to it that it is called again when more may. */
  #pump(): void {
    const now = this.#now();
    this.#wake?.[Symbol.dispose]();
    this.#wake = undefined;
    for (const index of this.#scheduler.take(now)) {
      this.#attempt(index).catch((error: unknown) => {
        this.#scheduler.settle(index, "final", this.#now());
        this.#fail(error);
        this.#pump();
      });
    }
    const { wakeAt, finished } = this.#scheduler;
    if (finished) this.#finished.resolve();
    if (wakeAt !== undefined) {
      this.#wake = this.#o.options.clock.timer(Math.max(0, wakeAt - now), () => this.#pump());
    }
  }

  async #attempt(index: number): Promise<void> {
    const slot = this.#slots[index];
    if (slot === undefined) throw new RangeError(`no slot ${index}`);
    const run = await this.#rollout(slot);
    const delayMs = this.#scheduler.settle(index, verdictOf(run), this.#now());
    slot.result = this.#keepSteps ? run : { ...run, trace: { ...run.trace, steps: [] } };
    if (run.outcome === "infra-failed") this.#lastLost = run;
    const key = { jobId: run.jobId, slug: run.slug, repeat: run.repeat, attempt: run.attempt };
    if (delayMs === undefined || run.outcome === "graded") this.#emit({ type: "ended", ...key, run });
    else this.#emit({ type: "retry", ...key, delayMs, error: run.error });
    this.#pump();
  }

  async #rollout(slot: Slot): Promise<RunResult> {
    const { id, agent, options, runtimes, sink } = this.#o;
    const attempt = ++slot.attempts;
    const traceId = randomId();
    const trace = sink.trace(traceId);
    const key = { jobId: id, slug: slot.task.slug, repeat: slot.repeat, attempt };
    const sourceHash = options.source?.hash ?? null;
    const { slug, repeat } = key;
    // Not awaited: the log keeps the order, and a start that is not on disk when the process dies never reported anything.
    sink.append({ type: "started", slug, repeat, attempt, traceId }).catch(() => {});
    this.#emit({ type: "started", ...key, traceId });
    const run = await rollout(slot.task, agent, {
      ...options,
      runtime: (row) => runtimes.runtimeOf(row),
      jobId: id,
      groupId: slot.groupId,
      repeat,
      attempt,
      traceId,
      signal: this.#stop.signal,
      onStep: (step) => {
        trace.push(step);
        this.#emit({ type: "step", ...key, traceId, step });
      },
      onGraded: async (graded) => {
        await trace.flush();
        await sink.append(gradedEvent(graded, sourceHash));
      },
    });
    await trace.flush();
    await sink.append(endedEvent(run));
    return run;
  }

  #abort(reason: unknown): void {
    this.#scheduler.cancel();
    this.#stop.abort(reason);
    this.#pump();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error: this.#withPlace(error) };
    this.#abort(error);
  }

  #withPlace(error: unknown): unknown {
    if (!SdkError.is(error, "STORAGE_FAILED")) return error;
    const graded = this.#slots.filter((slot) => slot.result?.outcome === "graded").length;
    const { id, sink } = this.#o;
    return new SdkError({
      code: "STORAGE_FAILED",
      message: `${error.message}; the job was stopped with ${graded} graded runs kept`,
      hint: `make room in ${sink.dir ?? "the directory"}, then resume job ${id}`,
      cause: error,
      details: { jobId: id, dir: sink.dir, graded },
    });
  }

  #stopOf(): JobStop | null {
    const { stopped } = this.#scheduler;
    if (this.#o.signal.aborted) return { reason: "cancelled", message: "the job was cancelled" };
    if (stopped !== "breaker") return null;
    const last = this.#lastLost;
    const why =
      last === undefined || last.outcome === "graded"
        ? ""
        : `; the last one: ${last.error.code}: ${last.error.message}`;
    const count = this.#o.options.breakAfter;
    return {
      reason: "circuit-breaker",
      message: `stopped after ${count} rollouts in a row ended in infrastructure failures${why}`,
    };
  }

  #unplaced(slot: Slot, stopped: JobStop | null): RunResult {
    const { id, options } = this.#o;
    return unplacedRun({
      task: slot.task,
      repeat: slot.repeat,
      attempt: slot.attempts + 1,
      jobId: id,
      groupId: slot.groupId,
      why: stopped?.message ?? "the job ended first",
      clock: options.clock,
    });
  }

  #emit(event: JobEvent): void {
    try {
      this.#o.options.onEvent?.(event);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error)); // a listener's bug must not cost the job
    }
  }

  #now(): number {
    return this.#o.options.clock.monotonic();
  }
}

function schedulerFor(o: JobRunnerOptions, slots: readonly Slot[]): Scheduler {
  const { options, runtimes } = o;
  const lanes = runtimes.runtimes;
  const laneByRuntime = new Map(lanes.map((runtime, lane) => [runtime, lane]));
  return new Scheduler({
    lanes: slots.map((slot) => laneByRuntime.get(runtimes.runtimeOf(slot.task)) ?? 0),
    laneLimits: lanes.map((runtime) => runtime.maxConcurrent ?? Number.POSITIVE_INFINITY),
    maxConcurrent: options.maxConcurrent,
    retries: options.retries,
    retryDelayMs: (failures) => retryDelayMs(failures),
    breakAfter: options.breakAfter,
    done: new Set(o.carried.results.keys()),
  });
}

function verdictOf(run: RunResult): Verdict {
  if (run.outcome !== "infra-failed") return "final";
  return isRetryable(run.error) ? "lost" : "failed";
}
