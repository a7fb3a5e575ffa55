import { setMaxListeners } from "node:events";
import { ProtocolError, type StartFrame } from "../client/index.ts";
import { errorText, SdkError } from "../errors/sdk-error.ts";
import type { AgentV1 } from "../spec/agent.ts";
import { onAbort, withResolvers } from "../util/abort.ts";
import type { Clock } from "../util/clock.ts";
import { deadline } from "../util/deadline.ts";
import { seconds } from "./deadlines.ts";
import { explainAgentFailure, withEvidence } from "./failure.ts";
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
  const { placed, ledger, signal } = options;
  const overtime = `agent timed out after ${seconds(options.agentMs ?? 0)}`;
  // Nothing an agent does for an environment that is gone can still count: it is told to stop at once.
  const ends = [signal, placed.client.lost];
  using limit = deadline({ ms: options.agentMs, message: overtime, signal: ends, clock: options.clock });
  setMaxListeners(0, limit.signal); // an agent that does twenty things at once leaks nothing
  using _cancelled = onAbort(signal, () => void placed.client.cancel());
  const firstStep = ledger.recorder.steps.length;
  const failure = await act(options, limit.signal);
  signal.throwIfAborted();
  if (placed.client.lost.aborted) throw await lost(placed);
  if (limit.expired) ledger.agentTimedOut(overtime);
  else if (failure !== undefined) throw await blame(failure.error, options);
  else ledger.agentEnded(firstStep);
}

/** Runs the agent, then takes over what it left and closes what it opened; gives what it threw. */
async function act(options: AgentLoopOptions, signal: AbortSignal): Promise<{ readonly error: unknown } | undefined> {
  const { agent, placed, ledger } = options;
  const run = liveRun(options, signal);
  try {
    await settleInTime(async () => agent.run(run), signal, options.clock);
    return undefined;
  } catch (error) {
    return { error };
  } finally {
    run.close();
    ledger.takeAnswer(run.trace);
    await placed.client.closeOpened();
  }
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
  let grace: Disposable | undefined;
  using _listener = onAbort(signal, () => {
    grace = clock.timer(GRACE_MS, () => overdue.reject(signal.reason));
  });
  try {
    await Promise.race([work(), overdue.promise]);
  } finally {
    grace?.[Symbol.dispose]();
  }
}

/** An agent that threw because its environment died is not to blame: a placement that no longer answers is lost. */
async function blame(error: unknown, options: AgentLoopOptions): Promise<unknown> {
  const explained = explainAgentFailure(error);
  const { placed, signal, clock } = options;
  if (explained.code === "RUNTIME_LOST") return await withEvidence(explained, placed.lease);
  if (explained.code !== "AGENT_FAILED") return explained;
  using probe = deadline({ ms: PROBE_MS, message: "the probe was not answered", signal, clock });
  try {
    await placed.client.listTasks({ signal: probe.signal });
    return explained;
  } catch (silence) {
    signal.throwIfAborted();
    return silence instanceof ProtocolError ? explained : await lost(placed); // an error frame is an answer
  }
}

async function lost(placed: Placed): Promise<unknown> {
  const reason = placed.client.lost.aborted
    ? errorText(placed.client.lost.reason)
    : `no answer within ${seconds(PROBE_MS)}`;
  const error = new SdkError({
    code: "RUNTIME_LOST",
    message: `the environment was lost while the agent acted: ${reason}`,
  });
  return await withEvidence(error, placed.lease);
}
