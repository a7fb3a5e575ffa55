import { expect, test } from "vitest";
import { normalizeTraceId } from "./trace-id.ts";

const UUID = "0123456789abcdef0123456789abcdef";

test.each([
  UUID,
  UUID.toUpperCase(),
  "01234567-89ab-cdef-0123-456789abcdef",
  "{01234567-89ab-cdef-0123-456789abcdef}",
  "urn:uuid:01234567-89ab-cdef-0123-456789abcdef",
  "0-1-23456789abcdef0123456789abcdef",
])("%s is a UUID and keeps its digits", (id) => {
  expect(normalizeTraceId(id)).toBe(UUID);
});

test("any other id is hashed as the reference hashes it", () => {
  expect(normalizeTraceId("run-1")).toBe("a1512d2b077d52699e52b7122739c297");
  expect(normalizeTraceId(`${UUID}0`)).not.toContain(UUID);
});
