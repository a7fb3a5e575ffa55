import type { Trace } from "../../spec/trace.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { parseWith } from "./parse.ts";
import { encodeStep, stepSchema } from "./step.ts";
import { encodeTraceWith, traceSchema } from "./trace-shape.ts";

const schema = traceSchema(stepSchema);

/**
 * Reads a trace; its steps are numbered anew.
 *
 * @throws FRAME_INVALID naming each place that does not fit
 */
export function decodeTrace(value: unknown): Trace {
  return parseWith(schema, value, { code: "FRAME_INVALID", what: "trace" });
}

/** The wire form of a trace, nulls omitted. */
export function encodeTrace(trace: Trace): JsonObject {
  return encodeTraceWith(trace, encodeStep);
}
