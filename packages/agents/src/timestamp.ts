/** A time as steps carry it: ISO-8601 UTC with microseconds. */
export function timestamp(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}
