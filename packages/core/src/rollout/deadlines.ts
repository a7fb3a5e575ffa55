import { SdkError } from "../errors/sdk-error.ts";
import type { AgentV1 } from "../spec/agent.ts";
import type { RuntimeLimits, TaskRow } from "../spec/task-row.ts";

/** Milliseconds that a placement has to start and answer its first handshake. Ours: a cold image pull fits, a hang does not last an hour. */
const DEFAULT_STARTUP_MS = 600_000;

/** The times a caller may bound, in milliseconds. */
export interface LimitOptions {
  /** Whole rollout, from acquiring the placement to the last teardown; past it the run is `timed-out` without a reward. @default none */
  readonly rolloutTimeoutMs?: number | undefined;
  /** Placement and handshake. A row's `runtimeConfig.limits.startupTimeoutS` wins. @default 600000 */
  readonly startupTimeoutMs?: number | undefined;
  /** The agent alone; past it the run is graded on what it left. A row's `agentConfig.timeout_seconds` wins. @default the agent's own, else none */
  readonly agentTimeoutMs?: number | undefined;
}

/** The deadlines of one rollout, in milliseconds; undefined never fires. */
export interface RolloutLimits {
  readonly startupMs: number;
  readonly verifierStartupMs: number;
  readonly agentMs: number | undefined;
  readonly rolloutMs: number | undefined;
}

/**
 * Settles which deadline wins and refuses those that contradict each other, before anything runs.
 *
 * @throws INVALID_OPTION, INVALID_TASK_ROW
 */
export function resolveLimits(task: TaskRow, agent: AgentV1, options: LimitOptions): RolloutLimits {
  const rolloutMs = options.rolloutTimeoutMs;
  const agentMs = agentTimeoutMs(task, agent, options);
  const runS = task.runtimeConfig?.limits?.runTimeoutS;
  if (agentMs !== undefined && runS !== undefined && agentMs >= runS * 1000) {
    throw invalid(
      `agent timeout (${seconds(agentMs)}) must be less than runtime_config.limits.run_timeout_s (${runS}s)`,
    );
  }
  if (rolloutMs !== undefined) checkAgainstRollout({ task, rolloutMs, agentMs });
  requirePositive("agent timeout", agentMs);
  requirePositive("startup timeout", options.startupTimeoutMs);
  const startupMs = options.startupTimeoutMs ?? DEFAULT_STARTUP_MS;
  return {
    startupMs: startupLimitMs(task) ?? startupMs,
    verifierStartupMs: (task.verifier && startupLimitMs(task.verifier)) ?? startupMs,
    agentMs,
    rolloutMs,
  };
}

/** Seconds as a person reads them: `5s`, `0.25s`. */
export function seconds(ms: number): string {
  return `${ms / 1000}s`;
}

function agentTimeoutMs(task: TaskRow, agent: AgentV1, options: LimitOptions): number | undefined {
  const config = task.agentConfig;
  if (config === undefined || !Object.hasOwn(config, "timeout_seconds")) {
    return options.agentTimeoutMs ?? agent.timeoutMs;
  }
  const own = config["timeout_seconds"];
  if (own === null || own === undefined) return undefined;
  if (typeof own === "number") return own * 1000;
  throw new SdkError({
    code: "INVALID_TASK_ROW",
    message: `task '${task.slug}': agent_config.timeout_seconds must be a number of seconds, got ${JSON.stringify(own)}`,
  });
}

function checkAgainstRollout(o: { task: TaskRow; rolloutMs: number; agentMs: number | undefined }): void {
  const { task, rolloutMs, agentMs } = o;
  if (!(rolloutMs > 0)) throw invalid("rollout_timeout must be greater than 0");
  if (agentMs !== undefined && agentMs >= rolloutMs) {
    throw invalid(`agent timeout (${seconds(agentMs)}) must be less than rollout_timeout (${seconds(rolloutMs)})`);
  }
  for (const [phase, row] of [
    ["actor", task],
    ["verifier", task.verifier],
  ] as const) {
    for (const [name, limit] of namedLimits(row?.runtimeConfig?.limits)) {
      if (limit !== undefined && limit * 1000 >= rolloutMs) {
        throw invalid(
          `${phase} runtime_config.limits.${name} (${limit}s) must be less than rollout_timeout (${seconds(rolloutMs)})`,
        );
      }
    }
  }
}

function namedLimits(limits: RuntimeLimits | null | undefined): readonly (readonly [string, number | undefined])[] {
  return [
    ["startup_timeout_s", limits?.startupTimeoutS],
    ["run_timeout_s", limits?.runTimeoutS],
  ];
}

function startupLimitMs(row: TaskRow): number | undefined {
  const limit = row.runtimeConfig?.limits?.startupTimeoutS;
  return limit === undefined ? undefined : limit * 1000;
}

function requirePositive(what: string, ms: number | undefined): void {
  if (ms !== undefined && !(ms > 0)) throw invalid(`${what} must be greater than 0, got ${seconds(ms)}`);
}

function invalid(message: string): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message });
}
