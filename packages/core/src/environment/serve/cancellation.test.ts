import { describe, expect, test } from "vitest";
import { withResolvers } from "../../util/abort.ts";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { heldTask, manualClock, servedFixture } from "./__fixtures__/served-fixture.ts";
import { openDoor, TRANSPORTS } from "./__fixtures__/transports.ts";
import { ControlServer } from "./control-server.ts";

describe.each(["start", "grade"] as const)("a running %s", (step) => {
  async function running() {
    const events: string[] = [];
    const task = heldTask(step, events);
    const env = servedFixture({ tasks: { held: task.code }, onTeardown: () => void events.push("teardown") });
    const server = new ControlServer(env);
    const peer = RawPeer.onMemory(server);
    const { session_id: sessionId } = await peer.call("hello");
    if (step === "grade") await peer.call("tasks.start", { id: "held", args: {} });
    const id =
      step === "start" ? peer.request("tasks.start", { id: "held", args: {} }) : peer.request("tasks.grade", {});
    await task.reached;
    return { events, task, server, peer, sessionId, id };
  }

  test.each(["tasks.cancel", "bye"])(
    "is interrupted by %s: code, hooks, its answer, then the reply",
    async (method) => {
      const { events, server, peer, id } = await running();
      await using _server = server;
      const cancelId = peer.request(method);
      expect(await peer.frame()).toEqual({
        jsonrpc: "2.0",
        id,
        error: { code: -32000, message: `${method} interrupted the task` },
      });
      expect(events).toEqual(["cancelled", "teardown"]);
      const result = method === "bye" ? { goodbye: true } : { cancelled: true };
      expect(await peer.frame()).toEqual({ jsonrpc: "2.0", id: cancelId, result });
      if (method === "bye") expect(await peer.frame()).toBeUndefined();
      else expect(await peer.call("tasks.grade", {})).toEqual([-32600, "no task in progress"]);
    },
  );

  test("refuses other frames meanwhile, answers a heartbeat, and goes on", async () => {
    const { task, server, peer, id, sessionId } = await running();
    await using _server = server;
    for (const method of ["tasks.list", "tasks.start", "tasks.grade", "tunnel.open", "nope"]) {
      expect(await peer.call(method, { id: "held", args: {} })).toEqual([
        -32600,
        `${method}: a task call is still running`,
      ]);
    }
    expect(await peer.call("hello")).toMatchObject({ session_id: sessionId });
    expect(await peer.call("hello", { session_id: sessionId })).toMatchObject({ session_id: sessionId });
    expect(await peer.call("hello", { session_id: "sess-other" })).toEqual([
      -32600,
      "hello: a task call is still running",
    ]);
    task.release();
    expect(await peer.frame()).toEqual({
      jsonrpc: "2.0",
      id,
      result: step === "start" ? { prompt: "prompt" } : { score: 1 },
    });
  });

  test("is cancelled by a line that is no frame, its task gone", async () => {
    const { events, server, peer, sessionId } = await running();
    await using _server = server;
    peer.send("}{");
    expect(await peer.frame()).toBeUndefined();
    expect(events).toEqual(["cancelled", "teardown"]);
    using other = RawPeer.onMemory(server);
    expect(await other.call("hello", { session_id: sessionId })).toEqual([-32600, `unknown session: '${sessionId}'`]);
  });

  test("is cancelled by a reset, its task gone", async () => {
    const { events, server, peer, sessionId } = await running();
    await using _server = server;
    peer.stream.destroy(new Error("reset"));
    using other = RawPeer.onMemory(server);
    await until(async () => events.includes("teardown"));
    expect(await other.call("hello", { session_id: sessionId })).toEqual([-32600, `unknown session: '${sessionId}'`]);
  });

  test("ends without a frame when the server stops", async () => {
    const { events, server, peer } = await running();
    await server.close();
    expect(await peer.frame()).toBeUndefined();
    expect(peer.unread).toBe("");
    expect(events).toEqual(["cancelled", "teardown"]);
  });
});

describe.each(TRANSPORTS)("a clean end of file over %s", (transport) => {
  test("lets a running start end: it is answered, and its task parks", async () => {
    const task = heldTask("start");
    await using server = new ControlServer(servedFixture({ tasks: { held: task.code } }));
    await using door = await openDoor(server, transport);
    using peer = await door.connect();
    using other = await door.connect();
    const { session_id } = await peer.call("hello");
    peer.request("tasks.start", { id: "held", args: {} });
    await task.reached;
    peer.end();
    expect(await other.call("hello", { session_id })).toEqual([
      -32600,
      `session '${session_id}' has a live connection`,
    ]);
    expect(await other.call("tasks.grade", {})).toEqual([-32600, "no task in progress"]);
    task.release();
    expect((await peer.frame()).result).toEqual({ prompt: "prompt" });
    expect(await peer.frame()).toBeUndefined();
    expect(await other.call("tasks.grade", {})).toEqual({ score: 1 });
  });

  test("cancels a running grade, without an answer", async () => {
    const events: string[] = [];
    const task = heldTask("grade", events);
    await using server = new ControlServer(
      servedFixture({ tasks: { held: task.code }, onTeardown: () => void events.push("teardown") }),
    );
    await using door = await openDoor(server, transport);
    using peer = await door.connect();
    await peer.call("tasks.start", { id: "held", args: {} });
    peer.request("tasks.grade", {});
    await task.reached;
    peer.end();
    expect(await peer.frame()).toBeUndefined();
    expect(events).toEqual(["cancelled", "teardown"]);
  });
});

test("cancelling a suspended task closes its code and runs the hooks once", async () => {
  const env = servedFixture();
  await using server = new ControlServer(env);
  using peer = RawPeer.onMemory(server);
  const { session_id } = await peer.call("hello");
  await peer.call("tasks.start", { id: "count", args: {} });
  expect(await peer.call("tasks.cancel")).toEqual({ cancelled: true });
  expect(await peer.call("tasks.cancel")).toEqual({ cancelled: true });
  expect(env.log).toEqual([`teardown ${session_id}`]);
});

test("a call without an id is interrupted without an answer", async () => {
  const task = heldTask("start");
  await using server = new ControlServer(servedFixture({ tasks: { held: task.code } }));
  using peer = RawPeer.onMemory(server);
  peer.send({ method: "tasks.start", params: { id: "held", args: {} } });
  await task.reached;
  expect(await peer.call("tasks.cancel")).toEqual({ cancelled: true });
});

test("code that swallows its cancellation and ends normally is answered once", async () => {
  const { promise: reached, resolve: reach } = withResolvers<void>();
  const env = servedFixture({
    tasks: {
      stubborn: async function* (_args, { signal }) {
        reach();
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        yield "as if nothing had happened";
      },
    },
  });
  await using server = new ControlServer(env);
  using peer = RawPeer.onMemory(server);
  const id = peer.request("tasks.start", { id: "stubborn", args: {} });
  await reached;
  const cancelId = peer.request("tasks.cancel");
  expect((await peer.frame()).error.message).toBe("tasks.cancel interrupted the task");
  expect((await peer.frame()).id).toBe(cancelId);
  expect((await peer.call("tasks.list")).tasks).toHaveLength(2);
  expect(id).not.toBe(cancelId);
});

test("code that ignores its signal is abandoned after the grace period, and its hooks still run once", async () => {
  const { promise: reached, resolve: reach } = withResolvers<void>();
  const { promise: released, resolve: release } = withResolvers<void>();
  const { promise: warned, resolve: warn } = withResolvers<string>();
  const clock = manualClock();
  const env = servedFixture({
    tasks: {
      deaf: async function* () {
        reach();
        await released;
        yield "too late";
      },
    },
  });
  await using server = new ControlServer(env, { clock, onWarning: warn });
  using peer = RawPeer.onMemory(server);
  peer.request("tasks.start", { id: "deaf", args: {} });
  await reached;
  peer.request("tasks.cancel");
  await until(async () => clock.pending > 0);
  clock.advance(1_999);
  expect(env.log).toEqual([]);
  clock.advance(1);
  expect(await warned).toContain("did not end within 2000 ms and was abandoned");
  expect((await peer.frame()).error.message).toBe("tasks.cancel interrupted the task");
  expect((await peer.frame()).result).toEqual({ cancelled: true });
  expect(env.log).toHaveLength(1);
  release();
  expect(await peer.call("tasks.grade", {})).toEqual([-32600, "no task in progress"]);
  expect(env.log).toHaveLength(1);
});

test.each(["tasks.cancel", "bye"])("last lines after a grade have the grace period once %s came", async (method) => {
  const { promise: reached, resolve: reach } = withResolvers<AbortSignal>();
  const { promise: warned, resolve: warn } = withResolvers<string>();
  const clock = manualClock();
  const env = servedFixture({
    tasks: {
      lingering: async function* (_args, { signal }) {
        try {
          yield "prompt";
          yield 1;
        } finally {
          reach(signal);
          await new Promise(() => {});
        }
      },
    },
  });
  await using server = new ControlServer(env, { clock, onWarning: warn });
  using peer = RawPeer.onMemory(server);
  await peer.call("tasks.start", { id: "lingering", args: {} });
  peer.request("tasks.grade", {});
  const signal = await reached;
  clock.advance(10_000);
  peer.request(method);
  await until(async () => signal.aborted);
  clock.advance(2_000);
  expect(await warned).toContain("did not end within 2000 ms and was abandoned");
  expect((await peer.frame()).error.message).toBe(`${method} interrupted the task`);
  expect((await peer.frame()).result).toBeDefined();
  expect(env.log).toHaveLength(1);
});

test("close gives up on code that never ends", async () => {
  const { promise: reached, resolve: reach } = withResolvers<void>();
  const warnings: string[] = [];
  const env = servedFixture({
    tasks: {
      deaf: async function* () {
        reach();
        await new Promise(() => {});
        yield "never";
      },
    },
  });
  const server = new ControlServer(env, { closeTimeoutMs: 20, onWarning: (text) => warnings.push(text) });
  using peer = RawPeer.onMemory(server);
  peer.request("tasks.start", { id: "deaf", args: {} });
  await reached;
  await server.close();
  expect(warnings).toEqual(["the control server was closed with task code still running after 20 ms"]);
});

test("a teardown hook that fails is reported and keeps nobody from going on", async () => {
  const warnings: string[] = [];
  const env = servedFixture({
    onTeardown: () => {
      throw new Error("stale lock");
    },
  });
  await using server = new ControlServer(env, { onWarning: (text) => warnings.push(text) });
  using peer = RawPeer.onMemory(server);
  await peer.call("tasks.start", { id: "count", args: {} });
  expect(await peer.call("tasks.grade", { answer: 1 })).toEqual({ score: 1 });
  expect(warnings).toEqual([
    expect.stringMatching(/^task 'count' of session sess-.*: teardown hook failed: stale lock$/),
  ]);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
