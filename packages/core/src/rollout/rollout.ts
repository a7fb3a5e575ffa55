import { SdkError } from "../errors/sdk-error.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { Grade, RunResult } from "../spec/run-result.ts";
import type { SessionSnapshot } from "../spec/runtime.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { systemClock } from "../util/clock.ts";
import { deadline } from "../util/deadline.ts";
import type { JsonObject } from "../util/json-types.ts";
import { runAgent } from "./agent-loop.ts";
import { type RolloutLimits, resolveLimits, seconds } from "./deadlines.ts";
import { codeError } from "./failure.ts";
import { Ledger } from "./ledger.ts";
import { type RolloutOptions, runtimeFor } from "./options.ts";
import { type Placed, place } from "./placement.ts";
import { gradeAnswer, gradeTask, recordPrompt, requireReward, startTask } from "./task-calls.ts";
import { isSeparate, verifierPayload } from "./verifier.ts";

/**
 * Runs one task with one agent: places and connects, starts the task, lets the agent act, grades, has a verifier confirm, tears down.
 * What goes wrong inside comes back as the result's outcome, with ids, timings and the partial trace.
 *
 * @throws INVALID_OPTION, INVALID_TASK_ROW for deadlines that contradict each other, before anything runs
 */
export async function rollout(task: TaskRow, agent: AgentV1, options: RolloutOptions): Promise<RunResult> {
  const limits = resolveLimits(task, agent, options);
  const ledger = new Ledger(task, options);
  using overall = deadline({
    ms: limits.rolloutMs,
    message: `rollout timed out after ${seconds(limits.rolloutMs ?? 0)}`,
    signal: options.signal,
    clock: options.clock ?? systemClock,
  });
  const context = { task, agent, options, limits, ledger, signal: overall.signal };
  try {
    overall.signal.throwIfAborted();
    await perform(context);
  } catch (error) {
    fail(context, error);
  }
  return ledger.result();
}

interface Context {
  readonly task: TaskRow;
  readonly agent: AgentV1;
  readonly options: RolloutOptions;
  readonly limits: RolloutLimits;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
}

/** What a separate verifier gets from the actor. */
interface Handover {
  readonly verifier: TaskRow;
  readonly payload: JsonObject;
  readonly snapshot: SessionSnapshot | null;
}

async function perform(context: Context): Promise<void> {
  const handover = await act(context);
  if (handover === undefined) return;
  await using _snapshot = handover.snapshot;
  await verifyElsewhere(context, handover);
}

/** The actor's part; gives what a separate verifier needs, or nothing when the grade stands. */
async function act(context: Context): Promise<Handover | undefined> {
  const { task, agent, limits, ledger, signal } = context;
  const { phases } = ledger;
  const { verifier } = task;
  await using placed = await phases.run("provisioning", () => placeRow(context, task, limits.startupMs));
  const separate = verifier !== undefined && isSeparate({ task, verifier, lease: placed.lease, ledger });
  using _leaving = phases.leaving(separate ? "actor cleanup" : "cleanup");
  const call = { placed, row: task, ledger, signal };

  const start = await phases.run("starting task", () => startTask(call));
  recordPrompt(start, ledger);
  await phases.run("agent loop", () =>
    runAgent({ agent, agentMs: limits.agentMs, placed, start, ledger, signal, clock: ledger.timeline.clock }),
  );
  if (verifier === undefined) {
    await settle(context, await phases.run("grading", async () => requireReward(await gradeAnswer(call))));
    return undefined;
  }
  const payload = await phases.run("grading", () => verifierPayload(() => gradeAnswer(call), ledger));
  if (separate) {
    const snapshot = await phases.run("snapshotting actor", () => snapshotOf(placed, signal));
    return { verifier, payload, snapshot };
  }
  await settle(context, await phases.run("verifying", () => verify(context, placed, { verifier, payload })));
  return undefined;
}

async function verifyElsewhere(context: Context, handover: Handover): Promise<void> {
  const { limits, ledger, signal } = context;
  const { phases } = ledger;
  await using placed = await phases.run("provisioning verifier", () =>
    placeRow(context, handover.verifier, limits.verifierStartupMs),
  );
  using _leaving = phases.leaving("cleanup");
  const grade = await phases.run("verifying", async () => {
    if (handover.snapshot !== null) {
      await placed.lease.restoreSession?.(handover.snapshot, { sessionId: placed.client.sessionId, signal });
    }
    return await verify(context, placed, handover);
  });
  await settle(context, grade);
}

async function verify(context: Context, placed: Placed, o: Pick<Handover, "verifier" | "payload">): Promise<Grade> {
  const call = { placed, row: o.verifier, ledger: context.ledger, signal: context.signal };
  await startTask(call);
  return requireReward(await gradeTask(call, o.payload));
}

async function placeRow(context: Context, row: TaskRow, startupMs: number): Promise<Placed> {
  const { ledger, options, signal } = context;
  const placed = await place({
    runtime: runtimeFor(options.runtime, row),
    row,
    startupMs,
    signal,
    clock: ledger.timeline.clock,
    onTeardownError: (error) => ledger.note(`[${ledger.phases.current ?? "cleanup"}] ${String(error)}`),
  });
  ledger.placement ??= placed.lease.placement;
  return placed;
}

async function snapshotOf(placed: Placed, signal: AbortSignal): Promise<SessionSnapshot | null> {
  return (await placed.lease.snapshotSession?.({ sessionId: placed.client.sessionId, signal })) ?? null;
}

/** From here on the grade stands, whatever becomes of the teardown. */
async function settle(context: Context, grade: Grade): Promise<void> {
  const run = context.ledger.grade(grade);
  await context.options.onGraded?.(run);
}

function fail(context: Context, error: unknown): void {
  const { ledger, limits, options, signal } = context;
  const phase = ledger.phases.failed ?? ledger.phases.current;
  const cause = signal.aborted ? abortCause(signal, options.signal) : codeError(error, phase);
  if (ledger.isGraded) ledger.note(`[${phase ?? "cleanup"}] ${cause.message}`);
  else ledger.fail(cause, limits.rolloutMs);
}

function abortCause(signal: AbortSignal, callers: AbortSignal | undefined): SdkError {
  if (callers?.aborted !== true || callers.reason !== signal.reason) {
    if (SdkError.is(signal.reason, "DEADLINE_EXCEEDED")) return signal.reason;
  }
  return new SdkError({ code: "ABORTED", message: "the rollout was cancelled", cause: signal.reason });
}
