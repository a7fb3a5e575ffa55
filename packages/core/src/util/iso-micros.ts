/** ISO-8601 UTC with microseconds and `Z`, the reference's form; `Date` alone stops at milliseconds. */
export function isoMicros(epochMs: number): string {
  const micros = Math.floor(epochMs * 1000);
  const ms = Math.floor(micros / 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros - ms * 1000).padStart(3, "0")}Z`;
}
