import { SdkError } from "../errors/sdk-error.ts";
import type { UngradedRun } from "../spec/run-result.ts";
import type { TaskRow } from "../spec/task-row.ts";
import type { Clock } from "../util/clock.ts";
import { randomId } from "../util/ids.ts";
import { isoMicros } from "../util/iso-micros.ts";
import { errorRecord } from "./failure.ts";
import { sumUsage } from "./usage.ts";

/** What {@link unplacedRun} is told. */
export interface UnplacedOptions {
  readonly task: TaskRow;
  readonly repeat: number;
  readonly attempt: number;
  readonly jobId: string;
  readonly groupId: string;
  readonly why: string;
  readonly clock: Clock;
}

/** The result of a planned rollout that its job never came to: it stays in the job, so that coverage counts it. */
export function unplacedRun(o: UnplacedOptions): UngradedRun {
  const at = isoMicros(o.clock.now());
  return {
    task: o.task,
    slug: o.task.slug,
    repeat: o.repeat,
    attempt: o.attempt,
    jobId: o.jobId,
    groupId: o.groupId,
    outcome: "cancelled",
    error: errorRecord(new SdkError({ code: "ABORTED", message: `not started: ${o.why}` })),
    trace: { traceId: randomId(), steps: [], status: "cancelled", stopReason: null, content: null, extra: {} },
    answer: null,
    placement: null,
    startedAt: at,
    endedAt: at,
    durationMs: 0,
    timings: {},
    usage: sumUsage([]),
  };
}
