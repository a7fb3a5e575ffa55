import { expect, test } from "vitest";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { heldTask, manualClock, servedFixture } from "./__fixtures__/served-fixture.ts";
import { ControlServer } from "./control-server.ts";

const START = { id: "count", args: { text: "abc" } };

/** Starts a task and hangs up; gives the id of the session that is now parked. */
async function park(server: ControlServer): Promise<string> {
  using peer = RawPeer.onMemory(server);
  const { session_id } = await peer.call("hello");
  await peer.call("tasks.start", START);
  peer.end();
  await peer.frame();
  return session_id;
}

test("a dropped connection parks its task; hello resumes it; no hook runs meanwhile", async () => {
  const env = servedFixture();
  await using server = new ControlServer(env);
  const id = await park(server);
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("hello", { session_id: id })).toMatchObject({ session_id: id });
  expect(env.log).toEqual([]);
  expect(await peer.call("tasks.grade", { answer: 3 })).toEqual({ score: 1 });
  expect(env.log).toEqual([`teardown ${id}`]);
});

test("what a hello refuses", async () => {
  await using server = new ControlServer(servedFixture());
  using peer = RawPeer.onMemory(server);
  using other = RawPeer.onMemory(server);
  const { session_id } = await other.call("hello");
  expect(await peer.call("hello", { session_id: 7 })).toEqual([-32602, "hello: 'session_id' must be a string"]);
  expect(await peer.call("hello", { session_id: "sess-1" })).toEqual([-32600, "unknown session: 'sess-1'"]);
  expect(await peer.call("hello", { session_id })).toEqual([-32600, `session '${session_id}' has a live connection`]);
});

test("a hello without an id, with null or its own is a heartbeat", async () => {
  await using server = new ControlServer(servedFixture());
  using peer = RawPeer.onMemory(server);
  const { session_id } = await peer.call("hello");
  expect((await peer.call("hello", { session_id: null })).session_id).toBe(session_id);
  expect((await peer.call("hello", { session_id })).session_id).toBe(session_id);
});

test("resuming drops the id the connection had, or parks it when it has a task", async () => {
  await using server = new ControlServer(servedFixture());
  const first = await park(server);
  using peer = RawPeer.onMemory(server);
  const { session_id: own } = await peer.call("hello");
  await peer.call("hello", { session_id: first });
  expect(await peer.call("hello", { session_id: own })).toEqual([-32600, `unknown session: '${own}'`]);
  await peer.call("tasks.cancel");

  const second = await park(server);
  await peer.call("tasks.start", START);
  await peer.call("hello", { session_id: second });
  expect((await peer.call("hello", { session_id: first })).session_id).toBe(first);
  expect(await peer.call("tasks.grade", { answer: 3 })).toEqual({ score: 1 });
});

test("a hello that fails changes nothing", async () => {
  await using server = new ControlServer(servedFixture());
  const parked = await park(server);
  using peer = RawPeer.onMemory(server);
  const { session_id: own } = await peer.call("hello");
  const route = { capability: "shell", host: "db", port: 1 };
  expect(await peer.call("hello", { session_id: parked, workspace_routes: [route] })).toEqual([
    -32000,
    "workspace capability 'shell' does not exist",
  ]);
  expect((await peer.call("hello")).session_id).toBe(own);
  using other = RawPeer.onMemory(server);
  expect((await other.call("hello", { session_id: parked })).session_id).toBe(parked);
});

test("a grade without a task adopts the single parked one, whose hooks see its own session", async () => {
  const env = servedFixture();
  await using server = new ControlServer(env);
  const id = await park(server);
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("tasks.grade", { answer: 3 })).toEqual({ score: 1 });
  expect(env.log).toEqual([`teardown ${id}`]);
  expect(await peer.call("hello", { session_id: id })).toEqual([-32600, `unknown session: '${id}'`]);
});

test("several parked tasks are named, sorted; a live one is never adopted", async () => {
  await using server = new ControlServer(servedFixture());
  using live = RawPeer.onMemory(server);
  await live.call("tasks.start", START);
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("tasks.grade", {})).toEqual([-32600, "no task in progress"]);
  const ids = [await park(server), await park(server), await park(server)].sort();
  expect(await peer.call("tasks.grade", {})).toEqual([
    -32600,
    `3 parked sessions (${ids.join(", ")}); resume one by sending hello with its session_id`,
  ]);
  expect(await peer.call("tasks.cancel")).toEqual({ cancelled: true });
  expect(await live.call("tasks.grade", { answer: 3 })).toEqual({ score: 1 });
});

test("a parked task expires, but never the newest", async () => {
  const clock = manualClock();
  const env = servedFixture();
  const warnings: string[] = [];
  await using server = new ControlServer(env, { clock, parkTtlMs: 1_000, onWarning: (text) => warnings.push(text) });
  const first = await park(server);
  clock.advance(5_000);
  expect(env.log).toEqual([]);
  const second = await park(server);
  clock.advance(0); // the first is no longer the newest, and its time was over long ago
  await Promise.resolve();
  expect(warnings).toEqual([`session ${first} was parked for 1000 ms and nobody came back: its task is cancelled`]);
  clock.advance(50_000);
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("hello", { session_id: first })).toEqual([-32600, `unknown session: '${first}'`]);
  expect((await peer.call("hello", { session_id: second })).session_id).toBe(second);
  expect(env.log).toEqual([`teardown ${first}`]);
});

test("a task resumed in time does not expire", async () => {
  const clock = manualClock();
  await using server = new ControlServer(servedFixture(), { clock, parkTtlMs: 1_000 });
  const first = await park(server);
  await park(server);
  clock.advance(999);
  using peer = RawPeer.onMemory(server);
  await peer.call("hello", { session_id: first });
  clock.advance(10_000);
  expect(await peer.call("tasks.grade", { answer: 3 })).toEqual({ score: 1 });
});

test("tasks and connections are bounded, and a full server can still be emptied", async () => {
  await using server = new ControlServer(servedFixture(), { maxSessions: 2 });
  const first = await park(server);
  await park(server);
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("tasks.start", START)).toEqual([
    -32600,
    expect.stringContaining("too many sessions: 2 tasks are live or parked, which is the limit"),
  ]);
  using second = RawPeer.onMemory(server);
  await second.call("tasks.list");
  using third = RawPeer.onMemory(server);
  expect(await third.call("hello")).toEqual([-32600, "too many sessions: 2 connections are open, which is the limit"]);
  expect(await third.frame()).toBeUndefined();
  await peer.call("hello", { session_id: first });
  await peer.call("tasks.cancel");
  expect(await peer.call("tasks.start", START)).toMatchObject({ prompt: expect.any(String) });
});

test("closing cancels live and parked tasks", async () => {
  const events: string[] = [];
  const task = heldTask("grade", events);
  const env = servedFixture({ tasks: { held: task.code } });
  const server = new ControlServer(env);
  for (const isParked of [true, false]) {
    const peer = RawPeer.onMemory(server);
    await peer.call("tasks.start", { id: "held", args: {} });
    if (isParked) peer.end();
  }
  await Promise.all([server.close(), server.close()]);
  expect(events).toEqual(["cancelled", "cancelled"]);
  expect(env.log).toHaveLength(2);
  using late = RawPeer.onMemory(server);
  expect(await late.frame()).toBeUndefined();
});
