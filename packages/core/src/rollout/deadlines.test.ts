import { describe, expect, it } from "vitest";
import type { RuntimeLimits, TaskRow } from "../spec/task-row.ts";
import { agentDouble } from "../testing/agent-double.ts";
import { resolveLimits } from "./deadlines.ts";

const agent = agentDouble(() => {});

function row(limits?: RuntimeLimits, more: Partial<TaskRow> = {}): TaskRow {
  return { env: "e", id: "t", args: {}, slug: "t", ...(limits && { runtimeConfig: { limits } }), ...more };
}

describe("resolveLimits", () => {
  it.each<[string, TaskRow, Parameters<typeof resolveLimits>[2]]>([
    ["rollout_timeout must be greater than 0", row(), { rolloutTimeoutMs: 0 }],
    [
      "agent timeout (5s) must be less than rollout_timeout (5s)",
      row(),
      { agentTimeoutMs: 5000, rolloutTimeoutMs: 5000 },
    ],
    [
      "agent timeout (60s) must be less than runtime_config.limits.run_timeout_s (60s)",
      row({ runTimeoutS: 60 }),
      { agentTimeoutMs: 60_000 },
    ],
    [
      "actor runtime_config.limits.startup_timeout_s (30s) must be less than rollout_timeout (10s)",
      row({ startupTimeoutS: 30 }),
      { rolloutTimeoutMs: 10_000 },
    ],
    [
      "verifier runtime_config.limits.run_timeout_s (30s) must be less than rollout_timeout (10s)",
      row(undefined, { verifier: row({ runTimeoutS: 30 }) }),
      { rolloutTimeoutMs: 10_000 },
    ],
    ["agent timeout must be greater than 0, got 0s", row(), { agentTimeoutMs: 0 }],
  ])("refuses: %s", (message, task, options) => {
    expect(() => resolveLimits(task, agent, options)).toThrowError(
      expect.objectContaining({ code: "INVALID_OPTION", message }),
    );
  });

  it("lets the row's own agent timeout win, null included", () => {
    const timed = { ...agent, timeoutMs: 1000 };
    expect(resolveLimits(row(), timed, {}).agentMs).toBe(1000);
    expect(resolveLimits(row(), timed, { agentTimeoutMs: 2000 }).agentMs).toBe(2000);
    const own = row(undefined, { agentConfig: { timeout_seconds: 0.5 } });
    expect(resolveLimits(own, timed, { agentTimeoutMs: 2000 }).agentMs).toBe(500);
    const none = row(undefined, { agentConfig: { timeout_seconds: null } });
    expect(resolveLimits(none, timed, { agentTimeoutMs: 2000 }).agentMs).toBeUndefined();
    const other = row(undefined, { agentConfig: { model: "m" } });
    expect(resolveLimits(other, timed, {}).agentMs).toBe(1000);
  });

  it("lets the row's startup limit win, each placement its own", () => {
    const task = row({ startupTimeoutS: 7 }, { verifier: row({ startupTimeoutS: 9 }) });
    expect(resolveLimits(task, agent, { startupTimeoutMs: 1 })).toMatchObject({
      startupMs: 7000,
      verifierStartupMs: 9000,
    });
    expect(resolveLimits(row(), agent, { startupTimeoutMs: 1 })).toMatchObject({ startupMs: 1, verifierStartupMs: 1 });
  });

  it("refuses a timeout of a row that is no number", () => {
    const task = row(undefined, { agentConfig: { timeout_seconds: "5" } });
    expect(() => resolveLimits(task, agent, {})).toThrowError(expect.objectContaining({ code: "INVALID_TASK_ROW" }));
  });
});
