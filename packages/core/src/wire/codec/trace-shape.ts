import { z } from "zod";
import type { Step } from "../../spec/step.ts";
import type { StopReason, Trace } from "../../spec/trace.ts";
import { compact } from "../../util/json-object.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { jsonObject, orElse, orNull } from "./json-schemas.ts";

const REFERENCE_STOP_REASONS = ["done", "max_steps", "length", "timeout", "malformed_tool_call"] as const;
const OWN_STOP_REASONS = ["token-budget", "cost-budget", "sandbox-exhausted"] as const;
// The reference refuses a trace with a stop reason it does not know: ours travel where it keeps what it does not read.
const OWN_STOP_REASON = "hud_ts.stop_reason";

const stopReason: z.ZodType<StopReason> = z.enum([...REFERENCE_STOP_REASONS, ...OWN_STOP_REASONS]);

/** The schema of a trace, given that of its steps (which may hold traces in turn). */
export function traceSchema(step: z.ZodType<Step>): z.ZodType<Trace> {
  return z
    .object({
      steps: z.array(step),
      status: orNull(z.enum(["completed", "error", "cancelled"])),
      stop_reason: orNull(stopReason),
      content: orNull(z.string()),
      extra: orElse(jsonObject, {}),
      trace_id: orElse(z.string(), ""),
    })
    .transform(({ stop_reason, trace_id, steps, extra: { [OWN_STOP_REASON]: own, ...extra }, ...rest }) => ({
      traceId: trace_id,
      ...rest,
      stopReason: stopReason.safeParse(own).data ?? stop_reason,
      extra,
      steps: steps.map((value, index) => ({ ...value, stepId: index + 1 })),
    }));
}

/** The wire form of a trace, given that of its steps; nulls omitted. */
export function encodeTraceWith(trace: Trace, encodeStep: (step: Step) => JsonObject): JsonObject {
  const { stopReason: reason, extra } = trace;
  const known = REFERENCE_STOP_REASONS.some((name) => name === reason);
  return compact({
    steps: trace.steps.map(encodeStep),
    status: trace.status,
    stop_reason: known ? reason : null,
    content: trace.content,
    extra: known || reason === null ? extra : { ...extra, [OWN_STOP_REASON]: reason },
    trace_id: trace.traceId,
  });
}
