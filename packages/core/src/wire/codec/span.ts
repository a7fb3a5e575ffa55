import type { Step } from "../../spec/step.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { encodeStep } from "./step.ts";
import { normalizeTraceId } from "./trace-id.ts";

const ROBOT_SOURCES: ReadonlySet<Step["source"]> = new Set(["observation", "inference", "video_segment"]);

/** Where a span belongs. */
export interface SpanContext {
  /** As the run knows it; the span carries its normal form beside it. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
}

/** The telemetry envelope of a step: what the reference exports, one per line. */
export function encodeSpan(step: Step, { traceId, spanId, parentSpanId }: SpanContext): JsonObject {
  return {
    name: `step.${step.source}`,
    trace_id: normalizeTraceId(traceId),
    span_id: spanId,
    parent_span_id: parentSpanId ?? null,
    kind: "INTERNAL",
    start_time: step.startedAt,
    end_time: step.endedAt,
    status_code: step.error === null ? "OK" : "ERROR",
    status_message: step.error,
    attributes: {
      "hud.schema": ROBOT_SOURCES.has(step.source) ? "hud.robot.step.v1" : "hud.step.v1",
      "hud.task_run_id": traceId,
      "hud.payload": encodeStep(step),
    },
    events: [],
  };
}
