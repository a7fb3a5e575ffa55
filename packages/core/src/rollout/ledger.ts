import { errorText, type SdkError } from "../errors/sdk-error.ts";
import type { ErrorRecord, Grade, GradedRun, Phase, RunBase, RunResult } from "../spec/run-result.ts";
import type { TaskRow } from "../spec/task-row.ts";
import type { StopReason, TraceStatus } from "../spec/trace.ts";
import { randomId } from "../util/ids.ts";
import type { Json, JsonObject } from "../util/json-types.ts";
import { seconds } from "./deadlines.ts";
import { errorRecord, outcomeOf } from "./failure.ts";
import type { WrittenTrace } from "./live-run.ts";
import type { RolloutOptions } from "./options.ts";
import { PhaseTimer } from "./phase-timer.ts";
import { Timeline } from "./timeline.ts";
import { TraceRecorder } from "./trace-recorder.ts";
import { usageOfSteps } from "./usage.ts";

/** Keeps what is known about a rollout while it runs, and turns it into a result at any moment. */
export class Ledger {
  readonly task: TaskRow;
  readonly timeline: Timeline;
  readonly phases: PhaseTimer;
  readonly recorder: TraceRecorder;
  readonly traceId: string;
  placement: string | null = null;
  #answer: Json = null;
  #content: string | null = null;
  #extra: JsonObject = {};
  #status: TraceStatus | null = null;
  #stopReason: StopReason | null = null;
  readonly #ids: Pick<RunBase, "jobId" | "groupId" | "repeat" | "attempt">;
  readonly #startedAt: string;
  #grade: Grade | undefined;
  #error: { readonly error: SdkError; readonly record: ErrorRecord } | undefined;

  constructor(task: TaskRow, options: RolloutOptions) {
    this.task = task;
    this.timeline = new Timeline(options.clock);
    this.phases = new PhaseTimer(this.timeline, options.onPhase);
    this.recorder = new TraceRecorder(this.timeline, options.onStep);
    this.traceId = options.traceId ?? randomId();
    this.#ids = {
      jobId: options.jobId ?? randomId(),
      groupId: options.groupId ?? randomId(),
      repeat: options.repeat ?? 0,
      attempt: options.attempt ?? 1,
    };
    this.#startedAt = this.timeline.stamp();
  }

  get answer(): Json {
    return this.#answer;
  }

  /** Copies what the agent left; what it writes later is not seen. */
  takeAnswer(trace: WrittenTrace): void {
    this.#answer = trace.given;
    this.#content = trace.content;
    this.#stopReason = trace.stopReason;
    try {
      this.#extra = JSON.parse(JSON.stringify(trace.extra)) as JsonObject;
    } catch (error) {
      // It would cost the journal the whole run, its grade included.
      this.note(`[agent loop] what the agent left in trace.extra is no JSON and was dropped: ${errorText(error)}`);
    }
  }

  /** The agent returned: in order, unless its last step says otherwise. */
  agentEnded(firstStep: number): void {
    const last = this.recorder.steps.slice(firstStep).at(-1);
    this.#status = last === undefined || last.error === null ? "completed" : "error";
  }

  agentTimedOut(text: string): void {
    this.#status = "error";
    this.#stopReason = "timeout";
    this.note(text);
  }

  /** Whether a grade stands; nothing that happens afterwards takes it away. */
  get isGraded(): boolean {
    return this.#grade !== undefined;
  }

  grade(grade: Grade): GradedRun {
    this.#grade = grade;
    return { ...this.#base(), outcome: "graded", reward: grade.reward, grade };
  }

  /** Records why the rollout has no reward. */
  fail(error: SdkError, limitMs: number | undefined): void {
    const phase = this.phases.failed ?? this.phases.current;
    const outcome = outcomeOf(error);
    this.#error = { error, record: errorRecord(error, phase) };
    this.#status = outcome === "cancelled" ? "cancelled" : "error";
    if (outcome === "timed-out") this.#stopReason = "timeout";
    else if (outcome !== "agent-failed") this.#stopReason = null;
    this.note(failureText({ outcome, phase: phase ?? "provisioning", error, limitMs }));
  }

  /** Records a failure that did not decide the outcome. */
  note(text: string): void {
    this.recorder.record({ source: "system", error: text });
  }

  /** Records something worth knowing that is no failure. */
  remark(text: string): void {
    this.recorder.record({
      source: "system",
      messages: [{ role: "system", content: { type: "text", text } }],
    });
  }

  result(): RunResult {
    this.phases.enter(undefined);
    if (this.#grade !== undefined) return this.grade(this.#grade);
    if (this.#error === undefined) throw new Error("a rollout ended without a grade and without an error");
    return { ...this.#base(), outcome: outcomeOf(this.#error.error), error: this.#error.record };
  }

  #base(): RunBase {
    return {
      task: this.task,
      slug: this.task.slug,
      ...this.#ids,
      trace: {
        traceId: this.traceId,
        steps: this.recorder.steps.slice(),
        status: this.#status,
        stopReason: this.#stopReason,
        content: this.#content,
        extra: this.#extra,
      },
      answer: this.#answer,
      placement: this.placement,
      startedAt: this.#startedAt,
      endedAt: this.timeline.stamp(),
      durationMs: this.timeline.elapsedMs(),
      timings: this.phases.timings(),
      usage: usageOfSteps(this.recorder.steps),
    };
  }
}

function failureText(o: { outcome: string; phase: Phase; error: SdkError; limitMs: number | undefined }): string {
  if (o.outcome === "timed-out") return `rollout timed out after ${seconds(o.limitMs ?? 0)} during ${o.phase}`;
  if (o.outcome === "cancelled") return `[${o.phase}] cancelled`;
  if (o.error.code === "AGENT_FAILED") return `[${o.phase}] ${o.error.message}`;
  return `[${o.phase}] ${o.error.code}: ${o.error.message}`;
}
