import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SdkError } from "../errors/sdk-error.ts";
import type { Clock } from "../util/clock.ts";
import { type Attempt, retryAfterMs, retrying } from "./retry.ts";

const failed = (again: boolean, waitMs?: number): Attempt<string> => ({
  error: new SdkError({ code: "MODEL_UNAVAILABLE", message: "down" }),
  again,
  retryAfterMs: waitMs,
});

/** A clock whose timers fire at once and are written down. */
function instantClock() {
  const waits: number[] = [];
  const timer: Clock["timer"] = (ms, callback) => {
    waits.push(ms);
    queueMicrotask(callback);
    return { [Symbol.dispose]: () => {} };
  };
  return { waits, clock: { now: () => 0, monotonic: () => 0, timer } satisfies Clock };
}

describe("retrying", () => {
  it("doubles its waits up to eight seconds, less up to half by chance", async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (chance) => {
        const { waits, clock } = instantClock();
        const signal = new AbortController().signal;
        const run = retrying(async () => failed(true), { maxRetries: 6, signal, clock, random: () => chance });
        await expect(run).rejects.toThrow("down");
        const full = [500, 1_000, 2_000, 4_000, 8_000, 8_000];
        expect(waits).toEqual(full.map((ms) => ms * (1 - chance / 2)));
      }),
    );
  });

  it("waits as long as it is told, unless that is too long to hold a rollout", async () => {
    const { waits, clock } = instantClock();
    const signal = new AbortController().signal;
    const replies = [failed(true, 30_000), failed(true, 0), failed(true, 61_000)];
    const run = retrying(async () => replies.shift() ?? { value: "never" }, { maxRetries: 9, signal, clock });
    await expect(run).rejects.toThrow("down");
    expect(waits).toEqual([30_000, 0]);
  });

  it("does not try again what another try cannot mend", async () => {
    const { waits, clock } = instantClock();
    const signal = new AbortController().signal;
    await expect(retrying(async () => failed(false), { maxRetries: 9, signal, clock })).rejects.toThrow("down");
    expect(waits).toEqual([]);
  });

  it("tries nothing when its signal has fired", async () => {
    let tries = 0;
    const attempt = async () => ({ value: String(tries++) });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(retrying(attempt, { maxRetries: 1, signal })).rejects.toThrow("enough");
    expect(tries).toBe(0);
  });
});

describe("retryAfterMs", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after-ms": "7", "retry-after": "2" }, 7],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:03 GMT" }, 3_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "-1" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ])("reads %j as %s", (headers, expected) => {
    expect(retryAfterMs(new Headers(headers as Record<string, string>), now)).toBe(expected);
  });
});
