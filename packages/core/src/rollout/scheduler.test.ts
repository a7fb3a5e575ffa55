import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scheduler, type SchedulerOptions, type Verdict } from "./scheduler.ts";

const base: SchedulerOptions = {
  lanes: [0, 0, 0],
  laneLimits: [Number.POSITIVE_INFINITY],
  maxConcurrent: 2,
  retries: 1,
  retryDelayMs: () => 100,
  breakAfter: 3,
};

describe("Scheduler", () => {
  it("places in order, up to the limit, and again when something settles", () => {
    const scheduler = new Scheduler(base);
    expect(scheduler.take(0)).toEqual([0, 1]);
    expect(scheduler.take(0)).toEqual([]);
    scheduler.settle(1, "final", 0);
    expect(scheduler.take(0)).toEqual([2]);
    scheduler.settle(0, "final", 0);
    expect(scheduler.finished).toBe(false);
    scheduler.settle(2, "final", 0);
    expect(scheduler.finished).toBe(true);
  });

  it("tries a lost slot again when its delay is over, before new ones", () => {
    const scheduler = new Scheduler({ ...base, maxConcurrent: 1 });
    expect(scheduler.take(0)).toEqual([0]);
    expect(scheduler.settle(0, "lost", 10)).toBe(100);
    expect(scheduler.wakeAt).toBe(110);
    expect(scheduler.take(10)).toEqual([1]);
    scheduler.settle(1, "final", 110);
    expect(scheduler.take(110)).toEqual([0]);
    expect(scheduler.settle(0, "lost", 120)).toBeUndefined();
    expect(scheduler.take(120)).toEqual([2]);
  });

  it("does not retry what another attempt cannot help", () => {
    const scheduler = new Scheduler(base);
    scheduler.take(0);
    expect(scheduler.settle(0, "failed", 0)).toBeUndefined();
    expect(scheduler.wakeAt).toBeUndefined();
  });

  it("keeps to the limit of each lane", () => {
    const scheduler = new Scheduler({ ...base, lanes: [0, 0, 1, 1], laneLimits: [1, 5], maxConcurrent: 10 });
    expect(scheduler.take(0)).toEqual([0, 2, 3]);
  });

  it("stops placing after failures in a row; a result in between starts the count again", () => {
    const lanes = Array.from({ length: 10 }, () => 0);
    const scheduler = new Scheduler({ ...base, lanes, maxConcurrent: 1, retries: 0 });
    const verdicts: Verdict[] = ["failed", "lost", "final", "failed", "failed", "failed"];
    for (const verdict of verdicts) {
      const [slot = -1] = scheduler.take(0);
      scheduler.settle(slot, verdict, 0);
    }
    expect(scheduler.stopped).toBe("breaker");
    expect(scheduler.take(0)).toEqual([]);
    expect(scheduler.finished).toBe(true);
  });

  it("agrees with its model on every schedule", () => {
    fc.assert(fc.property(schedules(), agreesWithModel), { numRuns: 400 });
  });
});

interface Schedule {
  readonly lanes: readonly number[];
  readonly laneLimits: readonly number[];
  readonly maxConcurrent: number;
  readonly retries: number;
  readonly breakAfter: number;
  readonly done: readonly number[];
  /** What happens, one pick after another: which running slot settles, how, and how much later. */
  readonly events: readonly { readonly pick: number; readonly verdict: Verdict; readonly wait: number }[];
  readonly cancelAfter: number;
}

function schedules(): fc.Arbitrary<Schedule> {
  return fc.record({
    lanes: fc.array(fc.nat(2), { maxLength: 14 }),
    laneLimits: fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
    ),
    maxConcurrent: fc.integer({ min: 1, max: 6 }),
    retries: fc.nat(2),
    breakAfter: fc.integer({ min: 1, max: 8 }),
    done: fc.array(fc.nat(13), { maxLength: 5 }),
    events: fc.array(
      fc.record({
        pick: fc.nat(),
        verdict: fc.constantFrom<Verdict>("final", "final", "failed", "lost"),
        wait: fc.nat(80),
      }),
      { minLength: 80, maxLength: 80 },
    ),
    cancelAfter: fc.integer({ min: 0, max: 120 }),
  });
}

/** Runs a schedule to its end and checks, at each moment, what must hold. */
function agreesWithModel(schedule: Schedule): void {
  const done = new Set(schedule.done.filter((slot) => slot < schedule.lanes.length));
  const scheduler = new Scheduler({ ...schedule, done, retryDelayMs: (failures) => failures * 50 });
  const laneOf = (slot: number) => schedule.lanes[slot] ?? 0;
  const running = new Set<number>();
  const closed = new Set(done);
  const attempts = new Map<number, number>();
  const dueAt = new Map<number, number>();
  let now = 0;
  let failedInRow = 0;
  let stopped = false;
  for (const [step, event] of schedule.events.entries()) {
    if (step === schedule.cancelAfter) {
      scheduler.cancel();
      stopped = true;
    }
    for (const slot of scheduler.take(now)) {
      expect(stopped).toBe(false);
      expect(closed.has(slot) || running.has(slot)).toBe(false);
      expect(dueAt.get(slot) ?? 0).toBeLessThanOrEqual(now);
      dueAt.delete(slot);
      running.add(slot);
      attempts.set(slot, (attempts.get(slot) ?? 0) + 1);
    }
    const perLane = [0, 0, 0];
    for (const slot of running) perLane[laneOf(slot)] = (perLane[laneOf(slot)] ?? 0) + 1;
    for (const [lane, count] of perLane.entries()) expect(count).toBeLessThanOrEqual(schedule.laneLimits[lane] ?? 0);
    expect(running.size).toBeLessThanOrEqual(schedule.maxConcurrent);
    const placeable = [...schedule.lanes.keys()].filter(
      (slot) =>
        !closed.has(slot) &&
        !running.has(slot) &&
        (dueAt.get(slot) ?? 0) <= now &&
        (perLane[laneOf(slot)] ?? 0) < (schedule.laneLimits[laneOf(slot)] ?? 0),
    );
    // Work-conserving: room and something to place never stand side by side.
    if (!stopped && running.size < schedule.maxConcurrent) expect(placeable).toEqual([]);
    if (running.size === 0) {
      if (scheduler.finished) break;
      now = scheduler.wakeAt ?? Number.NaN;
      expect(now).toBe(Math.min(...dueAt.values()));
      continue;
    }
    now += event.wait;
    const slot = [...running][event.pick % running.size] ?? -1;
    running.delete(slot);
    const failures = attempts.get(slot) ?? 0;
    const retried = event.verdict === "lost" && failures <= schedule.retries && !stopped;
    expect(scheduler.settle(slot, event.verdict, now)).toBe(retried ? failures * 50 : undefined);
    if (retried) {
      dueAt.set(slot, now + failures * 50);
      continue;
    }
    closed.add(slot);
    failedInRow = event.verdict === "final" ? 0 : failedInRow + 1;
    if (failedInRow >= schedule.breakAfter) stopped = true;
  }
  expect(scheduler.finished).toBe(true);
  if (!stopped) expect(closed.size).toBe(schedule.lanes.length);
  for (const count of attempts.values()) expect(count).toBeLessThanOrEqual(schedule.retries + 1);
}
