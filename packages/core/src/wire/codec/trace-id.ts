import { createHash } from "node:crypto";

// The namespace for names that are urls. RFC 9562, section 6.6.
const URL_NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/** The 32 lower-case hex digits of a trace id: a UUID in any spelling as it is, any other text hashed to one. */
export function normalizeTraceId(traceId: string): string {
  // What Python's UUID parser takes: a prefix, braces and dashes anywhere do not count.
  const digits = traceId
    .replaceAll("urn:", "")
    .replaceAll("uuid:", "")
    .replace(/^[{}]+|[{}]+$/g, "")
    .replaceAll("-", "");
  return /^[0-9A-Fa-f]{32}$/.test(digits) ? digits.toLowerCase() : uuid5(`hud.task_run:${traceId}`);
}

/** RFC 9562, section 5.5. */
function uuid5(name: string): string {
  const hash = createHash("sha1").update(URL_NAMESPACE).update(name, "utf8").digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString("hex");
}
