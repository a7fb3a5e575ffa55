import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { raceAbort, withResolvers } from "./abort.ts";
import { acquire } from "./acquire.ts";

function resource() {
  const state = { disposed: 0 };
  return { state, [Symbol.asyncDispose]: async () => void state.disposed++ };
}

test("a resource that arrives after its signal fired is disposed, and the caller did not wait for it", async () => {
  const controller = new AbortController();
  const arrival = withResolvers<ReturnType<typeof resource>>();
  const pending = acquire(() => arrival.promise, controller.signal);
  controller.abort(new Error("given up"));
  await expect(pending).rejects.toThrow("given up");
  const late = resource();
  arrival.resolve(late);
  await expect.poll(() => late.state.disposed).toBe(1);
});

test("a resource in time is the caller's, and an abort afterwards leaves it alone", async () => {
  const controller = new AbortController();
  const ready = resource();
  expect(await acquire(async () => ready, controller.signal)).toBe(ready);
  controller.abort();
  await new Promise(setImmediate);
  expect(ready.state.disposed).toBe(0);
});

test("one that arrives in the very tick in which its signal fires is either given or disposed", async () => {
  const controller = new AbortController();
  const arrival = withResolvers<ReturnType<typeof resource>>();
  const pending = acquire(() => arrival.promise, controller.signal);
  const given = resource();
  arrival.resolve(given);
  controller.abort(new Error("given up"));
  const isGiven = await pending.then(
    () => true,
    () => false,
  );
  await new Promise(setImmediate);
  expect(given.state.disposed).toBe(isGiven ? 0 : 1);
});

test("an aborted signal starts nothing", async () => {
  let started = false;
  await expect(
    acquire(
      async () => {
        started = true;
        return resource();
      },
      AbortSignal.abort(new Error("already over")),
    ),
  ).rejects.toThrow("already over");
  expect(started).toBe(false);
});

test("many waits leave no listener on a long-lived signal", async () => {
  const { signal } = new AbortController();
  for (let i = 0; i < 50; i++) {
    await acquire(async () => resource(), signal);
    await raceAbort(Promise.resolve(i), signal);
  }
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
