import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { SdkError } from "../errors/sdk-error.ts";
import { type Clock, delay, systemClock } from "./clock.ts";
import { deadline } from "./deadline.ts";

/** A clock whose one timer fires when told to. */
function heldClock() {
  const timers = new Set<() => void>();
  const clock: Clock = {
    ...systemClock,
    timer(_ms, callback) {
      timers.add(callback);
      return { [Symbol.dispose]: () => void timers.delete(callback) };
    },
  };
  return { clock, timers, fire: () => [...timers].map((callback) => callback()) };
}

test("fires with its code and message, and knows that it was the one", () => {
  const { clock, fire } = heldClock();
  using limit = deadline({ ms: 5, message: "took too long", code: "RUNTIME_START_TIMEOUT", clock });
  fire();
  expect(limit.expired).toBe(true);
  expect(SdkError.is(limit.signal.reason, "RUNTIME_START_TIMEOUT")).toBe(true);
});

test("follows the caller's signal with the caller's reason, and leaves no timer and no listener behind", () => {
  const { clock, timers } = heldClock();
  const controller = new AbortController();
  {
    using limit = deadline({ ms: 5, message: "never", signal: controller.signal, clock });
    controller.abort(new Error("mine"));
    expect(limit.signal.reason).toMatchObject({ message: "mine" });
    expect(limit.expired).toBe(false);
  }
  expect(timers.size).toBe(0);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});

test("follows the first of several signals, and leaves no listener on any", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const signals = [first.signal, second.signal];
  {
    using limit = deadline({ ms: undefined, message: "never", signal: signals });
    second.abort(new Error("second"));
    first.abort(new Error("first"));
    expect(limit.signal.reason).toMatchObject({ message: "second" });
  }
  for (const signal of signals) expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("no time means no timer", () => {
  const { clock, timers } = heldClock();
  using _forever = deadline({ ms: undefined, message: "never", clock });
  expect(timers.size).toBe(0);
});

test("delay rejects with the signal's reason and drops its timer", async () => {
  const { clock, timers } = heldClock();
  const controller = new AbortController();
  const waiting = delay(1000, controller.signal, clock);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  expect(timers.size).toBe(0);
});
