import type { Json, JsonObject } from "../../util/json-types.ts";
import { encodeFrame } from "../../wire/frame-stream.ts";
import { gradePreview } from "./grade-preview.ts";
import { Refusal, toRefusal } from "./refusal.ts";

/**
 * The line of a success.
 *
 * @throws Refusal for a line past `maxBytes`; TypeError for what JSON cannot say
 */
export function resultLine(id: Json, result: JsonObject, maxBytes: number): Buffer {
  const line = encodeFrame({ jsonrpc: "2.0", id, result });
  if (lineBytes(line) > maxBytes) throw tooLong(lineBytes(line), maxBytes);
  return line;
}

/** The line of a grade, cut to a preview where it would be too long. */
export function gradeLine(id: Json, grade: JsonObject, maxBytes: number): Buffer {
  const line = encodeFrame({ jsonrpc: "2.0", id, result: grade });
  if (lineBytes(line) <= maxBytes) return line;
  const envelope = lineBytes(encodeFrame({ jsonrpc: "2.0", id, result: {} }));
  return resultLine(id, gradePreview(grade, maxBytes - envelope), maxBytes);
}

/** The line of a failure. One that is too long says only that; its id goes when that is what is too long. */
export function errorLine(id: Json, error: unknown, maxBytes: number): Buffer {
  const line = encodeError(id, toRefusal(error));
  if (lineBytes(line) <= maxBytes) return line;
  const short = encodeError(id, tooLong(lineBytes(line), maxBytes));
  return lineBytes(short) <= maxBytes ? short : encodeError(null, tooLong(lineBytes(line), maxBytes));
}

function encodeError(id: Json, { code, message, outside }: Refusal): Buffer {
  const data = outside === undefined ? {} : { data: { code: outside } };
  return encodeFrame({ jsonrpc: "2.0", id, error: { code, message, ...data } });
}

function tooLong(bytes: number, maxBytes: number): Refusal {
  return new Refusal(
    "failure",
    `Control-channel response is ${bytes} bytes; limit is ${maxBytes} bytes (excluding the newline). ` +
      "Reduce inline JSON; pass large task data by file ID and load it inside the environment.",
  );
}

function lineBytes(line: Buffer): number {
  return line.byteLength - 1;
}
