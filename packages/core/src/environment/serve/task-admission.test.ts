import { expect, test } from "vitest";
import { withResolvers } from "../../util/abort.ts";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { heldTask, servedFixture } from "./__fixtures__/served-fixture.ts";
import { ControlServer } from "./control-server.ts";

const START = { id: "count", args: {} };

test("an exclusive environment is reset before each start, and not otherwise", async () => {
  const env = servedFixture({ exclusive: true });
  await using server = new ControlServer(env);
  using peer = RawPeer.onMemory(server);
  const { session_id } = await peer.call("hello");
  await peer.call("tasks.start", START);
  await peer.call("tasks.grade", { answer: 1 });
  await peer.call("tasks.start", START);
  await peer.call("tasks.start", START);
  const teardown = `teardown ${session_id}`;
  expect(env.log).toEqual(["reset", teardown, "reset", teardown, "reset"]);
});

test.each(["suspended", "starting", "graded"] as const)(
  "a start while another session's task is %s is refused",
  async (state) => {
    const task = heldTask(state === "starting" ? "start" : "grade");
    await using server = new ControlServer(servedFixture({ exclusive: true, tasks: { held: task.code } }));
    using holder = RawPeer.onMemory(server);
    using peer = RawPeer.onMemory(server);
    const { session_id } = await holder.call("hello");
    if (state === "starting") holder.request("tasks.start", { id: "held", args: {} });
    else await holder.call("tasks.start", { id: "held", args: {} });
    if (state === "graded") holder.request("tasks.grade", {});
    if (state !== "suspended") await task.reached;
    expect(await peer.call("tasks.start", START)).toEqual([
      -32600,
      `session '${session_id}' is running task 'held', and this environment runs one task at a time`,
    ]);
    task.release();
    if (state === "suspended") await holder.call("tasks.cancel");
    else await holder.frame();
    if (state === "starting") await holder.call("tasks.grade", {});
    expect(await peer.call("tasks.start", START)).toMatchObject({ prompt: expect.any(String) });
  },
);

test("a parked task makes room: its hooks run before the reset", async () => {
  const env = servedFixture({ exclusive: true });
  await using server = new ControlServer(env);
  const holder = RawPeer.onMemory(server);
  const { session_id } = await holder.call("hello");
  await holder.call("tasks.start", START);
  holder.end();
  await holder.frame();
  env.log.length = 0;
  using peer = RawPeer.onMemory(server);
  await peer.call("tasks.start", START);
  expect(env.log).toEqual([`teardown ${session_id}`, "reset"]);
  expect(await peer.call("hello", { session_id })).toEqual([-32600, `unknown session: '${session_id}'`]);
  expect(await peer.call("tasks.grade", { answer: 1 })).toEqual({ score: 1 });
});

test("a reset that fails fails the start and leaves no task", async () => {
  const onReset = () => Promise.reject(new Error("overlay is busy"));
  await using server = new ControlServer(servedFixture({ exclusive: true, onReset }));
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("tasks.start", START)).toEqual([-32000, "overlay is busy"]);
  expect(await peer.call("tasks.grade", {})).toEqual([-32600, "no task in progress"]);
});

test("resets never overlap, also when a start was interrupted during one", async () => {
  const { promise: reached, resolve: reach } = withResolvers<void>();
  const { promise: released, resolve: release } = withResolvers<void>();
  let running = 0;
  let most = 0;
  const onReset = async () => {
    most = Math.max(most, ++running);
    reach();
    await released;
    running--;
  };
  await using server = new ControlServer(servedFixture({ exclusive: true, onReset }));
  using peer = RawPeer.onMemory(server);
  peer.request("tasks.start", START);
  await reached;
  peer.request("tasks.cancel");
  await peer.frame();
  await peer.frame();
  const id = peer.request("tasks.start", START);
  release();
  expect((await peer.frame()).id).toBe(id);
  expect(most).toBe(1);
});

test("without daemons tasks run side by side", async () => {
  const env = servedFixture();
  await using server = new ControlServer(env);
  using a = RawPeer.onMemory(server);
  using b = RawPeer.onMemory(server);
  await a.call("tasks.start", START);
  await b.call("tasks.start", START);
  expect(await a.call("tasks.grade", { answer: 1 })).toEqual({ score: 1 });
  expect(await b.call("tasks.grade", { answer: 1 })).toEqual({ score: 1 });
  expect(env.log).not.toContain("reset");
});
