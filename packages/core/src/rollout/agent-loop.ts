import type { StartFrame } from "../client/index.ts";
import { SdkError } from "../errors/sdk-error.ts";
import type { AgentV1 } from "../spec/agent.ts";
import { onAbort, raceAbort, withResolvers } from "../util/abort.ts";
import { type Clock, delay } from "../util/clock.ts";
import { deadline } from "../util/deadline.ts";
import { seconds } from "./deadlines.ts";
import { explainAgentFailure } from "./failure.ts";
import type { Ledger } from "./ledger.ts";
import { LiveRun } from "./live-run.ts";
import type { Placed } from "./placement.ts";

// What an agent gets to wind down once its signal fired.
const GRACE_MS = 5_000;
// How long a placement may take to show that it is alive after its agent threw.
const PROBE_MS = 5_000;

/** What {@link runAgent} needs. */
export interface AgentLoopOptions {
  readonly agent: AgentV1;
  readonly agentMs: number | undefined;
  readonly placed: Placed;
  readonly start: StartFrame;
  readonly ledger: Ledger;
  /** Ends the whole rollout. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Lets the agent act until it is done or its time is over. Running out of time is no failure: what it left is graded.
 *
 * @throws AGENT_FAILED, or the error that says who else is to blame; the signal's reason when the rollout ends
 */
export async function runAgent(options: AgentLoopOptions): Promise<void> {
  const { agent, placed, ledger, signal } = options;
  using limit = deadline({
    ms: options.agentMs,
    message: `agent timed out after ${seconds(options.agentMs ?? 0)}`,
    signal,
    clock: options.clock,
  });
  const run = liveRun(options, limit.signal);
  const firstStep = ledger.recorder.steps.length;
  let failure: { readonly error: unknown } | undefined;
  using _cancelled = onAbort(signal, () => void placed.client.cancel());
  try {
    await settleInTime(async () => agent.run(run), limit.signal, options.clock);
  } catch (error) {
    failure = { error };
  }
  run.close();
  ledger.takeAnswer(run.trace);
  await placed.client.closeOpened();
  signal.throwIfAborted();
  if (limit.expired) ledger.agentTimedOut(`agent timed out after ${seconds(options.agentMs ?? 0)}`);
  else if (failure !== undefined) throw await blame(failure.error, options);
  else ledger.agentEnded(firstStep);
}

function liveRun(options: AgentLoopOptions, signal: AbortSignal): LiveRun {
  const { placed, start, ledger } = options;
  return new LiveRun({
    task: ledger.task,
    client: placed.client,
    startFrame: start.frame,
    prompt: start.prompt,
    traceId: ledger.traceId,
    recorder: ledger.recorder,
    signal,
  });
}

/** Settles with the work; once the signal fired, waits for it a little longer and then leaves it behind. */
async function settleInTime(work: () => Promise<void>, signal: AbortSignal, clock: Clock): Promise<void> {
  const overdue = withResolvers<never>();
  const settled = new AbortController();
  using _listener = onAbort(signal, () => {
    delay(GRACE_MS, settled.signal, clock).then(
      () => overdue.reject(signal.reason),
      () => {}, // the work settled within its grace
    );
  });
  try {
    await Promise.race([work(), overdue.promise]);
  } finally {
    settled.abort();
  }
}

/** An agent that threw because its environment died is not to blame: a placement that no longer answers is lost. */
async function blame(error: unknown, options: AgentLoopOptions): Promise<SdkError> {
  const explained = explainAgentFailure(error);
  if (explained.code !== "AGENT_FAILED") return explained;
  using probe = deadline({
    ms: PROBE_MS,
    code: "RUNTIME_LOST",
    message: `the environment did not answer within ${seconds(PROBE_MS)} after the agent failed: ${explained.message}`,
    signal: options.signal,
    clock: options.clock,
  });
  try {
    await raceAbort(options.placed.client.listTasks({ signal: probe.signal }), probe.signal);
    return explained;
  } catch (lost) {
    if (SdkError.is(lost) && (lost as { wireCode?: unknown }).wireCode !== undefined) return explained; // an error frame is an answer
    return new SdkError({
      code: "RUNTIME_LOST",
      message: `the environment was lost; the agent then failed: ${explained.message}`,
      cause: error,
    });
  }
}
