import { describe, expect, test } from "vitest";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { servedFixture } from "./__fixtures__/served-fixture.ts";
import { openDoor, TRANSPORTS } from "./__fixtures__/transports.ts";
import { ControlServer } from "./control-server.ts";

describe.each(TRANSPORTS)("over %s", (transport) => {
  test("a whole rollout, frame by frame", async () => {
    await using server = new ControlServer(servedFixture());
    await using door = await openDoor(server, transport);
    using peer = await door.connect();

    peer.send('{"jsonrpc":"2.0","id":1,"method":"hello","params":{}}');
    const hello = await peer.frame();
    expect(hello).toMatchObject({
      jsonrpc: "2.0",
      id: 1,
      result: { env: { name: "fixture", version: "1.2.3" }, bindings: [], session_id: expect.stringMatching(SESSION) },
    });
    peer.send('{"jsonrpc":"2.0","id":2,"method":"tasks.start","params":{"id":"count","args":{"text":"abc"}}}');
    expect(await peer.line()).toBe('{"jsonrpc":"2.0","id":2,"result":{"prompt":"How many letters are in abc?"}}');
    peer.send('{"jsonrpc":"2.0","id":3,"method":"tasks.grade","params":{"answer":"3"}}');
    expect(await peer.line()).toBe('{"jsonrpc":"2.0","id":3,"result":{"score":1}}');
    peer.send('{"jsonrpc":"2.0","id":4,"method":"bye"}');
    expect(await peer.line()).toBe('{"jsonrpc":"2.0","id":4,"result":{"goodbye":true}}');
    expect(await peer.line()).toBeUndefined();
  });

  test("any method works as the first frame, and pipelined ones are answered in order", async () => {
    await using server = new ControlServer(servedFixture());
    await using door = await openDoor(server, transport);
    using peer = await door.connect();
    peer.request("tasks.list");
    peer.request("hello");
    peer.request("nope");
    peer.request("tasks.cancel");
    const frames = [await peer.frame(), await peer.frame(), await peer.frame(), await peer.frame()];
    expect(frames.map((frame) => frame.id)).toEqual([1, 2, 3, 4]);
    expect(frames[2].error).toEqual({ code: -32601, message: "method not found: nope" });
    expect(frames[3].result).toEqual({ cancelled: true });
  });

  test("a last line without its newline is answered, then the server hangs up", async () => {
    await using server = new ControlServer(servedFixture());
    await using door = await openDoor(server, transport);
    using peer = await door.connect();
    peer.stream.end('{"id":"x","method":"tasks.list"}');
    expect((await peer.frame()).id).toBe("x");
    expect(await peer.frame()).toBeUndefined();
  });
});

test("what a hello says beyond the reference, for peers that know to read it", async () => {
  await using server = new ControlServer(servedFixture());
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("hello")).toMatchObject({
    protocol: "hud/1.0",
    server: { name: "hud-ts", version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    limits: { maxFrameBytes: 64 * 1024 * 1024 },
  });
});

test("ids are echoed whatever they are; without one nothing is answered", async () => {
  await using server = new ControlServer(servedFixture());
  using peer = RawPeer.onMemory(server);
  peer.send({ id: { a: [1] }, method: "tasks.cancel" });
  peer.send({ method: "tasks.cancel" }, { id: null, method: "nope" }, { id: 0, method: "tasks.cancel" });
  expect((await peer.frame()).id).toEqual({ a: [1] });
  expect((await peer.frame()).id).toBe(0);
});

test.each([[undefined], [null], [{}], [[]], [""], [0], [false]])("params of %j are none", async (params) => {
  await using server = new ControlServer(servedFixture());
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("hello", params as never)).toMatchObject({ env: { name: "fixture" } });
});

test.each([[["x"]], ["x"], [1], [true]])(
  "params of %j are an error that leaves the connection usable",
  async (params) => {
    await using server = new ControlServer(servedFixture());
    using peer = RawPeer.onMemory(server);
    expect(await peer.call("hello", params as never)).toEqual([
      -32000,
      expect.stringContaining("has no attribute 'get'"),
    ]);
    expect(await peer.call("tasks.cancel")).toEqual({ cancelled: true });
  },
);

test.each([
  [{ args: {} }, -32602, "tasks.start: 'id' must be a string"],
  [{ id: "count" }, -32602, "tasks.start: 'args' must be an object"],
  [{ id: "count", args: null }, -32602, "tasks.start: 'args' must be an object"],
  [{ id: "count", args: [] }, -32602, "tasks.start: 'args' must be an object"],
  [{ id: "it's", args: {} }, -32602, `unknown task: "it's"`],
])("tasks.start %j", async (params, code, message) => {
  await using server = new ControlServer(servedFixture());
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("tasks.start", params)).toEqual([code, message]);
});

test("what tasks.list says of a template", async () => {
  await using server = new ControlServer(servedFixture());
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("tasks.list")).toEqual({
    tasks: [
      {
        id: "count",
        description: "Does count",
        args: { type: "object", properties: {}, additionalProperties: true },
      },
    ],
  });
});

test("a refused start leaves the suspended task alone, a failed one does not", async () => {
  const env = servedFixture();
  await using server = new ControlServer(env);
  using peer = RawPeer.onMemory(server);
  await peer.call("tasks.start", { id: "count", args: {} });
  await peer.call("tasks.start", { id: "nope", args: {} });
  expect(env.log).toEqual([]);
  expect(await peer.call("tasks.start", { id: "count", args: { bad: 1 } })).toEqual([
    -32000,
    "task 'count': bad args ['bad']: got an unexpected keyword argument 'bad'",
  ]);
  expect(await peer.call("tasks.grade", { answer: 1 })).toEqual([-32600, "no task in progress"]);
});

test("a start replaces the session's task, whose teardown runs first", async () => {
  const events: string[] = [];
  const env = servedFixture({
    onTeardown: () => void events.push("teardown"),
    tasks: {
      next: async function* () {
        events.push("next runs");
        yield "p";
      },
    },
  });
  await using server = new ControlServer(env);
  using peer = RawPeer.onMemory(server);
  await peer.call("tasks.start", { id: "count", args: {} });
  await peer.call("tasks.start", { id: "next", args: {} });
  expect(events).toEqual(["teardown", "next runs"]);
});

describe("tasks that misbehave", () => {
  const env = servedFixture({
    tasks: {
      silent: async function* () {},
      throws: async function* () {
        await Promise.reject(new Error("no disk"));
        yield "p";
      },
      once: async function* () {
        yield "p";
      },
      returns: async function* () {
        yield "p";
        return 1;
      },
      failsGrading: async function* () {
        yield "p";
        throw new Error("judge is down");
      },
      cyclic: async function* () {
        const prompt: unknown[] = [];
        prompt.push(prompt);
        yield { prompt };
      },
      nan: async function* () {
        yield "p";
        yield Number.NaN;
      },
      dirtyEnd: async function* () {
        try {
          yield "p";
          yield 0.5;
        } finally {
          await Promise.reject(new Error("cleanup failed"));
        }
      },
    },
  });

  test.each([
    ["silent", "task 'silent' ended before its first yield: yield the prompt first, then the evaluation"],
    ["throws", "no disk"],
    ["cyclic", expect.stringContaining("circular")],
  ])("%s fails to start, and no task remains", async (id, text) => {
    await using server = new ControlServer(env);
    using peer = RawPeer.onMemory(server);
    expect(await peer.call("tasks.start", { id, args: {} })).toEqual([-32000, text]);
    expect(await peer.call("tasks.grade", {})).toEqual([-32600, "no task in progress"]);
  });

  test.each([
    ["once", { score: 0 }],
    ["returns", [-32000, "task 'returns' returned its evaluation instead of yielding it"]],
    ["failsGrading", [-32000, "judge is down"]],
    ["nan", [-32000, "task 'nan' graded with a non-finite score (nan): yield a finite number"]],
  ])("%s is graded or says why not, and the task is consumed", async (id, outcome) => {
    await using server = new ControlServer(env);
    using peer = RawPeer.onMemory(server);
    await peer.call("tasks.start", { id, args: {} });
    expect(await peer.call("tasks.grade", {})).toEqual(outcome);
    expect(await peer.call("tasks.grade", {})).toEqual([-32600, "no task in progress"]);
  });

  test("a grade that was earned survives a failing cleanup, which is reported", async () => {
    const warnings: string[] = [];
    await using server = new ControlServer(env, { onWarning: (text) => warnings.push(text) });
    using peer = RawPeer.onMemory(server);
    await peer.call("tasks.start", { id: "dirtyEnd", args: {} });
    expect(await peer.call("tasks.grade", {})).toEqual({ score: 0.5 });
    expect(warnings).toEqual([expect.stringContaining("cleanup failed")]);
  });

  test("the author's side hears the error itself", async () => {
    const failures: unknown[] = [];
    await using server = new ControlServer(env, { onTaskError: (failure) => failures.push(failure) });
    using peer = RawPeer.onMemory(server);
    await peer.call("tasks.start", { id: "throws", args: {} });
    expect(failures).toEqual([
      { taskId: "throws", sessionId: expect.stringMatching(SESSION), call: "start", error: new Error("no disk") },
    ]);
  });
});

describe("frame limits", () => {
  const env = servedFixture({
    tasks: {
      wide: async function* ({ size }) {
        yield "x".repeat(size as number);
        yield { score: 1, content: "y".repeat(100_000) };
      },
    },
  });

  test("a start frame past the peer's limit is an error and leaves no task", async () => {
    await using server = new ControlServer(env, { maxPeerFrameBytes: 65_536 });
    using peer = RawPeer.onMemory(server);
    const frame = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { prompt: "" } }).length;
    expect(await peer.call("tasks.start", { id: "wide", args: { size: 65_537 - frame } })).toEqual([
      -32000,
      "Control-channel response is 65537 bytes; limit is 65536 bytes (excluding the newline). Reduce inline JSON; pass large task data by file ID and load it inside the environment.",
    ]);
    expect(await peer.call("tasks.grade", {})).toEqual([-32600, "no task in progress"]);
    const exact = await peer.call("tasks.start", { id: "wide", args: { size: 65_536 - frame } });
    expect(exact.prompt).toHaveLength(65_536 - frame);
  });

  test("a grade past it is cut, not lost", async () => {
    await using server = new ControlServer(env, { maxPeerFrameBytes: 65_536 });
    using peer = RawPeer.onMemory(server);
    await peer.call("tasks.start", { id: "wide", args: { size: 1 } });
    const grade = await peer.call("tasks.grade", {});
    expect(grade.score).toBe(1);
    expect(grade.content).toMatch(/… \[cut: 100000 characters in all\]$/);
    expect(grade.info.truncated.maxBytes).toBeLessThan(65_536);
  });

  test("a peer that announces what it reads gets it", async () => {
    await using server = new ControlServer(env, { maxPeerFrameBytes: 65_536 });
    using peer = RawPeer.onMemory(server);
    const hello = await peer.call("hello", { limits: { maxFrameBytes: 1_000_000 } });
    expect(hello.limits).toEqual({ maxFrameBytes: 64 * 1024 * 1024 });
    await peer.call("tasks.start", { id: "wide", args: { size: 70_000 } });
    expect((await peer.call("tasks.grade", {})).content).toHaveLength(100_000);
  });

  test("an id that makes even the error too long is left out of it", async () => {
    await using server = new ControlServer(env, { maxPeerFrameBytes: 2_000 });
    using peer = RawPeer.onMemory(server);
    peer.send({ id: "i".repeat(5_000), method: "nope" });
    expect(await peer.frame()).toMatchObject({ id: null, error: { code: -32000 } });
  });

  test("an over-long line is named, then the connection closes", async () => {
    await using server = new ControlServer(env, { maxFrameBytes: 1_000 });
    using exact = RawPeer.onMemory(server);
    exact.send(padded(1_000));
    expect((await exact.frame()).result).toEqual({ cancelled: true });
    using long = RawPeer.onMemory(server);
    long.send(padded(1_001));
    expect(await long.frame()).toEqual({
      jsonrpc: "2.0",
      id: null,
      error: { code: -32000, message: "Control-channel frame is 1001 bytes; limit is 1000 bytes." },
    });
    expect(await long.frame()).toBeUndefined();
    using endless = RawPeer.onMemory(server);
    endless.stream.write("x".repeat(1_500));
    expect((await endless.frame()).error.message).toBe(
      "Control-channel frame exceeds the limit of 1000 bytes (received at least 1500 bytes).",
    );
  });
});

const SESSION = /^sess-[0-9a-f]{32}$/;

function padded(bytes: number): string {
  const frame = '{"id":1,"method":"tasks.cancel"}';
  return frame + " ".repeat(bytes - frame.length);
}

test.each([
  [1n, "1"],
  [{ toString: null }, "unprintable value"],
  ["", "Error"],
])("a task's error with %o for a message is answered like any other", async (message, text) => {
  const odd = async function* (): AsyncGenerator<unknown, unknown, unknown> {
    yield "p";
    throw Object.assign(new Error(), { message });
  };
  await using server = new ControlServer(servedFixture({ tasks: { odd } }));
  using peer = RawPeer.onMemory(server);
  await peer.call("tasks.start", { id: "odd", args: {} });
  expect(await peer.call("tasks.grade", {})).toEqual([-32000, text]);
});
