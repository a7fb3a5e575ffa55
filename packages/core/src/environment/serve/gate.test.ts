import { expect, test } from "vitest";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { manualClock, servedFixture } from "./__fixtures__/served-fixture.ts";
import { openDoor } from "./__fixtures__/transports.ts";
import { ControlServer } from "./control-server.ts";

const TOKEN = "s3cret-token-of-this-server";

test("with its token a peer is served as without one", async () => {
  await using server = new ControlServer(servedFixture(), { token: TOKEN });
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("hello", { token: TOKEN })).toMatchObject({ env: { name: "fixture" } });
  expect(await peer.call("hello")).toMatchObject({ env: { name: "fixture" } });
  expect((await peer.call("tasks.list")).tasks).toHaveLength(1);
});

test.each([
  ["hello", undefined],
  ["hello", {}],
  ["hello", { token: null }],
  ["hello", { token: [TOKEN] }],
  ["hello", { token: "" }],
  ["hello", { token: TOKEN.slice(0, -1) }],
  ["hello", { token: `${TOKEN}x` }],
  ["hello", [TOKEN]],
  ["hello", { session_id: "sess-1" }],
  ["tasks.list", { token: TOKEN }],
  ["tasks.start", { id: "count", args: {} }],
  ["tasks.grade", { answer: 1 }],
  ["tasks.cancel", {}],
  ["bye", {}],
  ["nope", {}],
  ["tunnel.open", { capability: "shell" }],
  ["tunnel.open", { capability: "shell", token: "wrong" }],
  ["tunnel.open", { capability: "nope" }],
])("%s %j is refused and told how, and learns nothing else", async (method, params) => {
  const env = servedFixture({ bindings: [{ name: "shell", protocol: "ssh/2", url: "ssh://127.0.0.1:1", params: {} }] });
  await using server = new ControlServer(env, { token: TOKEN });
  using peer = RawPeer.onMemory(server);
  const [code, text] = await peer.call(method, params as never);
  expect(code).toBe(-32001);
  expect(text).toMatch(/token/);
  expect(text).toContain('hello {"token": "…"}');
  expect(text).not.toContain(TOKEN.slice(0, 6));
  peer.request("hello", { token: TOKEN });
  expect(await peer.frame()).toBeUndefined();
});

test.each(["[", '{"a":'])("a stranger's endless nesting (%s…) ends its connection and nothing else", async (open) => {
  await using server = new ControlServer(servedFixture(), { token: TOKEN });
  using stranger = RawPeer.onMemory(server);
  const close = open === "[" ? "]" : "}";
  stranger.send(`{"method":"tasks.list","id":${open.repeat(9_000)}1${close.repeat(9_000)}}`);
  expect(await stranger.frame()).toBeUndefined();
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("hello", { token: TOKEN })).toMatchObject({ env: { name: "fixture" } });
});

test("a stranger cannot adopt or resume what is parked", async () => {
  await using server = new ControlServer(servedFixture(), { token: TOKEN });
  using owner = RawPeer.onMemory(server);
  const { session_id } = await owner.call("hello", { token: TOKEN });
  await owner.call("tasks.start", { id: "count", args: {} });
  owner.end();
  await owner.frame();
  for (const [method, params] of [
    ["tasks.grade", { answer: "1" }],
    ["hello", { session_id }],
  ] as const) {
    using stranger = RawPeer.onMemory(server);
    expect((await stranger.call(method, params))[0]).toBe(-32001);
  }
  using back = RawPeer.onMemory(server);
  await back.call("hello", { token: TOKEN, session_id });
  expect(await back.call("tasks.grade", { answer: 1 })).toEqual({ score: 1 });
});

test("a stranger may not send long lines", async () => {
  await using server = new ControlServer(servedFixture(), { token: TOKEN });
  using stranger = RawPeer.onMemory(server);
  stranger.stream.write("x".repeat(70_000));
  expect((await stranger.frame()).error.message).toMatch(/^Control-channel frame exceeds the limit of 65536 bytes/);
  expect(await stranger.frame()).toBeUndefined();
  using peer = RawPeer.onMemory(server);
  await peer.call("hello", { token: TOKEN });
  expect(await peer.call("nope", { padding: "x".repeat(200_000) })).toEqual([-32601, "method not found: nope"]);
});

test("a stranger has a deadline, a peer that showed its token has none", async () => {
  const clock = manualClock();
  await using server = new ControlServer(servedFixture(), { token: TOKEN, clock, authTimeoutMs: 1_000 });
  using stranger = RawPeer.onMemory(server);
  using peer = RawPeer.onMemory(server);
  await peer.call("hello", { token: TOKEN });
  clock.advance(1_000);
  expect(await stranger.frame()).toBeUndefined();
  expect(await peer.call("tasks.cancel")).toEqual({ cancelled: true });
});

test("strangers crowd out each other, not those who come after them", async () => {
  await using server = new ControlServer(servedFixture(), { token: TOKEN, maxUnauthenticated: 3 });
  await using door = await openDoor(server, "tcp");
  const strangers = [await door.connect(), await door.connect(), await door.connect(), await door.connect()];
  expect(await strangers[0]?.frame()).toBeUndefined();
  using peer = await door.connect();
  expect(await peer.call("hello", { token: TOKEN })).toMatchObject({ env: { name: "fixture" } });
  for (const stranger of strangers) stranger.stream.destroy();
});

test("an empty token is no token", () => {
  expect(() => new ControlServer(servedFixture(), { token: "" })).toThrow("token is empty");
});
