import { once } from "node:events";
import { expect, test } from "vitest";
import { GOLDEN_REPLIES, GOLDEN_REQUESTS } from "../wire/__fixtures__/golden-frames.ts";
import { type LinePeer, lineServer } from "../wire/__fixtures__/line-server.ts";
import { ControlChannel } from "./control-channel.ts";

const never = new AbortController().signal;

interface Fixture extends AsyncDisposable {
  readonly channel: ControlChannel;
  readonly peer: LinePeer;
}

async function connected(): Promise<Fixture> {
  const server = await lineServer();
  const channel = new ControlChannel(await server.connect({ signal: never }));
  const peer = await server.accept();
  return {
    channel,
    peer,
    async [Symbol.asyncDispose]() {
      channel.abort(new Error("over"));
      await server[Symbol.asyncDispose]();
    },
  };
}

test("requests and replies are those of the reference, byte for byte", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const hello = channel.call("hello", {});
  await peer.next("hello");
  peer.write(GOLDEN_REPLIES.hello);
  expect(await hello).toMatchObject({ session_id: "sess-d7616780" });
  for (const [name, method, params] of [
    ["list", "tasks.list", {}],
    ["start", "tasks.start", { id: "count", args: { n: 2 } }],
    ["grade", "tasks.grade", { answer: "done" }],
  ] as const) {
    const call = channel.call(method, params);
    expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS[name]);
    peer.write(GOLDEN_REPLIES[name]);
    await call;
  }
  const cancel = channel.cancel();
  expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS.cancel);
  peer.write(GOLDEN_REPLIES.cancel);
  await cancel;
  const bye = channel.bye();
  expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS.bye);
  peer.write(GOLDEN_REPLIES.bye);
  await bye;
});

test("one call runs at a time: the next is written when the reply has come", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const first = channel.call("tasks.list", {});
  const second = channel.call("tasks.start", { id: "x", args: {} });
  const request = await peer.next("tasks.list");
  expect(channel.isIdle).toBe(false);
  peer.fail(request, -32000, "boom");
  await expect(first).rejects.toMatchObject({ name: "ProtocolError", wireCode: -32000, wireMessage: "boom" });
  peer.reply(await peer.next("tasks.start"), { prompt: "p" });
  expect(await second).toEqual({ prompt: "p" });
});

test("a call that stops waiting for its turn is never written, and lets nobody overtake", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const reason = new Error("enough");
  const controller = new AbortController();
  const first = channel.call("tasks.list", {});
  const given = channel.call("tasks.grade", { answer: 1 }, controller.signal);
  const last = channel.call("tasks.start", { id: "x", args: {} });
  controller.abort(reason);
  await expect(given).rejects.toBe(reason);
  peer.reply(await peer.next("tasks.list"), { tasks: [] });
  await first;
  peer.reply(await peer.next("tasks.start"), { prompt: null });
  await last;
});

test("a result that is no object fails its call only", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const call = channel.call("tasks.list", {});
  peer.reply(await peer.next(), [1]);
  await expect(call).rejects.toMatchObject({ wireCode: -32603, message: "'tasks.list': result was not an object" });
  expect(channel.lost.aborted).toBe(false);
});

test("a reply to nobody's request ends the connection", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const call = channel.call("tasks.list", {});
  peer.reply({ ...(await peer.next()), id: "7" }, {});
  await expect(call).rejects.toMatchObject({
    wireCode: -32603,
    message: "'tasks.list': reply id did not match request",
  });
  expect(channel.lost.aborted).toBe(true);
});

test("an error without an id ends the connection with that error", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const call = channel.call("tasks.grade", { answer: "x" });
  await peer.next();
  peer.write(GOLDEN_REPLIES.lineTooLong);
  await expect(call).rejects.toMatchObject({
    wireCode: -32000,
    message: "Control-channel frame is 16777217 bytes; limit is 16777216 bytes.",
  });
  expect(channel.lost.aborted).toBe(true);
});

test("a hang-up says during which call, and names the old limit after a long line", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const call = channel.call("tasks.grade", { answer: "x".repeat(70_000) });
  await peer.next();
  peer.socket.destroy();
  await expect(call).rejects.toMatchObject({
    code: "PEER_CLOSED",
    message: "env closed connection during 'tasks.grade'",
    hint: expect.stringContaining("65536"),
  });
  await expect(channel.call("tasks.list", {})).rejects.toMatchObject({ code: "PEER_CLOSED" });
});

test("a loss is known while no call runs", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  peer.socket.destroy();
  await once(channel.lost, "abort");
  expect(channel.lost.reason).toMatchObject({ code: "PEER_CLOSED" });
});

test("a request over the peer's limit fails before it is written, and the connection survives", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const big = { answer: "x".repeat(16 * 1024 * 1024) };
  await expect(channel.call("tasks.grade", big)).rejects.toMatchObject({
    code: "FRAME_TOO_LARGE",
    message: expect.stringMatching(/^Control-channel 'tasks\.grade' request is 167\d+ bytes; limit is 16777216 bytes/),
  });
  channel.introduce({ maxFrameBytes: 17 * 1024 * 1024, isOurs: false });
  const call = channel.call("tasks.grade", big);
  peer.reply(await peer.next("tasks.grade"), { score: 1 });
  expect(await call).toEqual({ score: 1 });
});

test("a signal that fires mid-call cancels the task at once, takes the replies and gives the connection up", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const controller = new AbortController();
  const reason = new Error("time is up");
  const call = channel.call("tasks.grade", { answer: "x" }, controller.signal);
  const grade = await peer.next("tasks.grade");
  controller.abort(reason);
  const cancel = await peer.next("tasks.cancel");
  expect(cancel["id"]).toBe(2);
  peer.reply(grade, { score: 1 }); // its code swallowed the cancellation: a result, then the error
  peer.fail(grade, -32000, "tasks.cancel interrupted the task");
  peer.reply(cancel, { cancelled: true });
  await expect(call).rejects.toBe(reason);
  expect(await peer.nextLine()).toBeUndefined();
});

test("a server that answers no cancellation costs two seconds, not more", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const controller = new AbortController();
  const call = channel.call("tasks.start", { id: "x", args: {} }, controller.signal);
  await peer.next("tasks.start");
  const startedAt = performance.now();
  controller.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  const elapsed = performance.now() - startedAt;
  expect(elapsed).toBeGreaterThan(1_900);
  expect(elapsed).toBeLessThan(4_000);
  expect(channel.lost.aborted).toBe(true);
});

test("cancelling beside a running call leaves the connection usable, second frame or not", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const call = channel.call("tasks.grade", { answer: "x" });
  const grade = await peer.next("tasks.grade");
  const cancelled = channel.cancel();
  const cancel = await peer.next("tasks.cancel");
  peer.reply(grade, { score: 0.5 });
  peer.fail(grade, -32000, "tasks.cancel interrupted the task");
  peer.reply(cancel, { cancelled: true });
  await cancelled;
  expect(await call).toEqual({ score: 0.5 });
  const list = channel.call("tasks.list", {});
  peer.reply(await peer.next("tasks.list"), { tasks: [] });
  expect(await list).toEqual({ tasks: [] });
});

test("an interrupted call is a cancellation, not a failure of the environment", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const call = channel.call("tasks.grade", { answer: "x" });
  const grade = await peer.next("tasks.grade");
  const cancelled = channel.cancel();
  peer.fail(grade, -32000, "tasks.cancel interrupted the task");
  peer.reply(await peer.next("tasks.cancel"), { cancelled: true });
  await cancelled;
  await expect(call).rejects.toMatchObject({ code: "ABORTED", wireCode: -32000 });
});

test.each([
  [true, "JUDGE_FAILED", "JUDGE_FAILED"],
  [true, "RUNTIME_LOST", "GRADE_FAILED"],
  [true, { toString: "JUDGE_FAILED" }, "GRADE_FAILED"],
  [false, "JUDGE_FAILED", "GRADE_FAILED"],
])(
  "whom an error frame blames counts from a server of ours only, and not whoever it names (%s, %j)",
  async (isOurs, code, expected) => {
    await using fixture = await connected();
    const { channel, peer } = fixture;
    channel.introduce({ maxFrameBytes: undefined, isOurs });
    const grade = channel.call("tasks.grade", { answer: "x" });
    peer.failWith(await peer.next("tasks.grade"), { code: -32000, message: "no judge", data: { code } });
    await expect(grade).rejects.toMatchObject({ code: expected, message: "no judge" });
  },
);

test("a task that fails with the words of an interruption was not interrupted", async () => {
  await using fixture = await connected();
  const { channel, peer } = fixture;
  const grade = channel.call("tasks.grade", { answer: "tasks.cancel interrupted the task" });
  peer.fail(await peer.next("tasks.grade"), -32000, "tasks.cancel interrupted the task");
  await expect(grade).rejects.toMatchObject({ code: "GRADE_FAILED" });
});
