import { describe, expect, it } from "vitest";
import type { RunResult } from "../spec/run-result.ts";
import type { TaskRow } from "../spec/task-row.ts";
import { agentDouble } from "../testing/agent-double.ts";
import { type RuntimeDouble, type RuntimeScript, runtimeDouble } from "../testing/runtime-double.ts";
import { rollout } from "./rollout.ts";

const task: TaskRow = { env: "e", id: "count", args: { n: 1 }, slug: "count-1" };

async function run(script: RuntimeScript, row: TaskRow): Promise<{ result: RunResult; runtime: RuntimeDouble }> {
  const runtime = runtimeDouble(script);
  const result = await rollout(
    row,
    agentDouble(() => "42"),
    { runtime },
  );
  expect(runtime.leases.open).toBe(0);
  return { result, runtime };
}

describe("verifiers", () => {
  const shared = { ...task, verifier: { env: "e", id: "verify", args: {}, slug: "verify" } };
  const separate = { ...task, verifier: { env: "other", id: "verify", args: {}, slug: "verify" } };
  const judging: RuntimeScript = {
    grade: ({ params, row }) => {
      const frame = params["answer"];
      if (typeof frame === "object") return { score: 0.25, judged: frame };
      return { score: 1, content: `actor ${row.slug}` };
    },
  };

  it("verifies in the actor's session, whose whole grade frame it judges", async () => {
    const { result, runtime } = await run(judging, shared);
    expect(result).toMatchObject({
      outcome: "graded",
      reward: 0.25,
      grade: { raw: { judged: { score: 1, content: "actor count-1" } } },
    });
    expect(runtime.leases.taken).toBe(1);
    expect(runtime.calls.filter((call) => call.startsWith("tasks."))).toEqual([
      "tasks.start",
      "tasks.grade",
      "tasks.start",
      "tasks.grade",
    ]);
    expect(result.trace.steps.map((step) => step.source)).toEqual(["task", "user", "task", "task", "task"]);
    expect(Object.keys(result.timings).slice(-2)).toEqual(["verifying", "cleanup"]);
  });

  it("places a verifier of another environment after the actor is gone, with the session's files", async () => {
    const { result, runtime } = await run({ ...judging, snapshots: true }, separate);
    expect(result).toMatchObject({ outcome: "graded", reward: 0.25, placement: "double:count-1" });
    expect(runtime.leases).toMatchObject({ taken: 2, peak: 1 });
    expect(runtime.calls.filter((call) => ["snapshot", "restore", "discard"].includes(call))).toEqual([
      "snapshot",
      "restore",
      "discard",
    ]);
    expect(Object.keys(result.timings).slice(-5)).toEqual([
      "snapshotting actor",
      "actor cleanup",
      "provisioning verifier",
      "verifying",
      "cleanup",
    ]);
  });

  it("says that a verifier's resources are ignored where the session cannot travel", async () => {
    const verifier = { ...shared.verifier, runtimeConfig: { resources: { cpu: 2 } } };
    const { result, runtime } = await run(judging, { ...task, verifier });
    expect(result).toMatchObject({ outcome: "graded", reward: 0.25 });
    expect(runtime.leases.taken).toBe(1);
    expect(JSON.stringify(result.trace.steps)).toContain("verifier runtime_config ignored");
    const moved = await run({ ...judging, snapshots: true }, { ...task, verifier });
    expect(moved.runtime.leases.taken).toBe(2);
  });

  it("lets the verifier judge an actor whose grading raised", async () => {
    const script: RuntimeScript = {
      grade: ({ params }) => {
        if (typeof params["answer"] === "object") return { score: 0.5, judged: params["answer"] };
        throw new Error("grader broke");
      },
    };
    const judged = { score: 0, answer: "42", content: "GRADE_FAILED: grader broke", isError: true };
    expect((await run(script, shared)).result).toMatchObject({
      outcome: "graded",
      reward: 0.5,
      grade: { raw: { judged } },
    });
  });

  it("has no reward when the verifier fails, whatever the actor's grade was", async () => {
    const script: RuntimeScript = {
      grade: ({ params }) => {
        if (typeof params["answer"] === "object") throw new Error("verifier broke");
        return { score: 1 };
      },
    };
    for (const row of [shared, separate]) {
      const { result } = await run(script, row);
      expect(result).toMatchObject({
        outcome: "environment-failed",
        error: { code: "GRADE_FAILED", phase: "verifying" },
      });
      expect(result).not.toHaveProperty("reward");
    }
  });
});
