import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import type { Capability, CapabilityClientFactory } from "../spec/capability.ts";
import type { JsonObject } from "../util/json-types.ts";
import { drainText } from "../wire/__fixtures__/drain.ts";
import { GOLDEN_REPLIES, GOLDEN_REQUESTS } from "../wire/__fixtures__/golden-frames.ts";
import { type LinePeer, type LineServer, lineServer } from "../wire/__fixtures__/line-server.ts";
import { dialTcp } from "../wire/dial.ts";
import { type Client, type ConnectClientOptions, connectClient, ProtocolError } from "./index.ts";

const never = new AbortController().signal;

const BINDING: Capability = { name: "shell", protocol: "ssh/2", url: "ssh://me:pw@127.0.0.1:2222/x?y#z", params: {} };
const HELLO: JsonObject = {
  session_id: "sess-1",
  env: { name: "exp", version: "1.2.3" },
  bindings: [{ name: "shell", protocol: "ssh/2", url: BINDING.url, params: null }],
};

interface Session extends AsyncDisposable {
  readonly client: Client;
  readonly peer: LinePeer;
  readonly server: LineServer;
  readonly hello: JsonObject;
}

/** A client that said hello; the peer answers its `bye`. */
async function session(options: Partial<ConnectClientOptions> = {}, answer: JsonObject = HELLO): Promise<Session> {
  const server = await lineServer();
  const connecting = connectClient({ connect: server.connect, signal: never, ...options });
  const peer = await server.accept();
  const hello = await peer.next("hello");
  peer.reply(hello, answer);
  const client = await connecting;
  return {
    client,
    peer,
    server,
    hello,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose](); // first, so that nobody waits for the reply to a bye
      await client.close();
    },
  };
}

test("hello carries the token, our name and our limit, and gives the manifest", async () => {
  await using fixture = await session({ token: "secret" });
  expect(fixture.hello["params"]).toEqual({
    token: "secret",
    client: { name: "hud-ts" },
    limits: { maxFrameBytes: 64 * 1024 * 1024 },
  });
  expect(fixture.client.sessionId).toBe("sess-1");
  expect(fixture.client.manifest).toEqual({
    env: { name: "exp", version: "1.2.3" },
    bindings: [BINDING],
    tokenAware: false,
  });
});

test("a peer that announces what it reads is written to accordingly", async () => {
  await using fixture = await session({}, { ...HELLO, server: { name: "hud-ts" }, limits: { maxFrameBytes: 2 ** 26 } });
  const { client, peer } = fixture;
  expect(client.manifest.tokenAware).toBe(true);
  const answer = "x".repeat(17 * 1024 * 1024);
  const grading = client.grade(answer);
  peer.reply(await peer.next("tasks.grade"), { score: 1 });
  expect((await grading).reward).toBe(1);
});

test("a malformed manifest is refused, naming the place", async () => {
  await expect(session({}, { ...HELLO, bindings: [{ name: "a" }] })).rejects.toMatchObject({
    code: "MANIFEST_INVALID",
    message:
      "hello: bindings[0].protocol: expected a string, got nothing; bindings[0].url: expected a string, got nothing",
  });
});

test("an environment that refuses, resets or hangs up on hello is tried again until it answers", async () => {
  await using server = await lineServer();
  const attempts: number[] = [];
  const connect: ConnectClientOptions["connect"] = async (options) => {
    attempts.push(performance.now());
    if (attempts.length === 1) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    return await server.connect(options);
  };
  const connecting = connectClient({ connect, signal: never, park: true });
  (await server.accept()).socket.destroy();
  const peer = await server.accept();
  peer.reply(await peer.next("hello"), HELLO);
  await using client = await connecting;
  expect(client.sessionId).toBe("sess-1");
  expect(attempts).toHaveLength(3);
  expect((attempts[1] ?? 0) - (attempts[0] ?? 0)).toBeGreaterThan(450);
});

test("an environment that is never ready is given up at the deadline, with the last reason", async () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const connecting = connectClient({ connect: () => Promise.reject(refused), signal: never, readyTimeoutMs: 700 });
  await expect(connecting).rejects.toMatchObject({
    code: "RUNTIME_START_TIMEOUT",
    message: "the environment was not ready after 0.7 s: connect ECONNREFUSED 127.0.0.1:1",
  });
});

test("an environment that accepts and says nothing is given up at the deadline too", async () => {
  await using server = await lineServer();
  const connecting = connectClient({ connect: server.connect, signal: never, readyTimeoutMs: 100 });
  await expect(connecting).rejects.toMatchObject({ code: "RUNTIME_START_TIMEOUT" });
});

test("an error frame ends connecting at once", async () => {
  await using server = await lineServer();
  const connecting = connectClient({ connect: server.connect, signal: never });
  const peer = await server.accept();
  peer.fail(await peer.next("hello"), -32001, "this control channel needs a token");
  await expect(connecting).rejects.toMatchObject({ code: "RUNTIME_AUTH", wireCode: -32001 });
});

test("a failure that is no connection error ends connecting at once, and a signal with its reason", async () => {
  const broken = connectClient({ connect: () => Promise.reject(new Error("no such host")), signal: never });
  await expect(broken).rejects.toMatchObject({ code: "RUNTIME_START_FAILED", message: "no such host" });
  await using server = await lineServer();
  const controller = new AbortController();
  const connecting = connectClient({ connect: server.connect, signal: controller.signal });
  const peer = await server.accept();
  await peer.next("hello");
  controller.abort(new Error("enough"));
  await expect(connecting).rejects.toThrow("enough");
  expect(await peer.nextLine()).toBeUndefined();
});

test("a stream that arrives after the signal fired is closed", async () => {
  await using server = await lineServer();
  const controller = new AbortController();
  let late: Socket | undefined;
  const connect = async () => {
    late = await server.connect({ signal: never });
    controller.abort(new Error("enough"));
    await new Promise(setImmediate);
    return late;
  };
  await expect(connectClient({ connect, signal: controller.signal })).rejects.toThrow("enough");
  await new Promise(setImmediate);
  expect(late?.destroyed).toBe(true);
});

test("a deadline that is none is refused", async () => {
  await expect(
    connectClient({ connect: () => Promise.reject(), signal: never, readyTimeoutMs: Number.NaN }),
  ).rejects.toThrow("readyTimeoutMs: expected more than 0 milliseconds, got NaN");
});

test("tasks are listed, started and graded", async () => {
  await using fixture = await session();
  const { client, peer } = fixture;
  const listing = client.listTasks();
  await peer.next("tasks.list");
  peer.write(GOLDEN_REPLIES.list);
  expect((await listing)[0]).toMatchObject({ id: "count", description: "Count letters", args: { type: "object" } });
  const starting = client.start("count", { n: 2 });
  expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS.start);
  peer.write(GOLDEN_REPLIES.start);
  expect(await starting).toEqual({ prompt: "do über it", bindings: {}, frame: { prompt: "do über it" } });
  const grading = client.grade("done");
  expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS.grade);
  peer.write(GOLDEN_REPLIES.grade);
  expect(await grading).toMatchObject({ reward: 0.75, content: "nice", subscores: [{ name: "judge" }] });
});

test.each([
  ["tasks.start", "unknownTask", "UNKNOWN_TEMPLATE", "unknown task: 'count'"],
  ["tasks.grade", "noTask", "GRADE_FAILED", "no task in progress"],
] as const)("%s: an error frame is a ProtocolError with its words (%s)", async (method, reply, code, message) => {
  await using fixture = await session();
  const { client, peer } = fixture;
  const listing = client.listTasks();
  await peer.next();
  peer.write(GOLDEN_REPLIES.list);
  await listing;
  if (method === "tasks.grade") {
    const starting = client.start("count", {});
    await peer.next();
    peer.write(GOLDEN_REPLIES.start);
    await starting;
  }
  const call = method === "tasks.start" ? client.start("count", {}) : client.grade("x");
  await peer.next(method);
  peer.write(GOLDEN_REPLIES[reply]);
  const error = await call.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toMatchObject({ code, wireMessage: message, message });
});

test("a grade without a finite score is refused, and bindings that are none", async () => {
  await using fixture = await session();
  const { client, peer } = fixture;
  const grading = client.grade("x");
  const request = await peer.next();
  peer.write(`{"jsonrpc":"2.0","id":${String(request["id"])},"result":{"score":NaN}}`);
  await expect(grading).rejects.toMatchObject({
    code: "GRADE_INVALID",
    message: "tasks.grade: result must include a finite numeric 'score', got nan",
  });
  const starting = client.start("x", {});
  peer.reply(await peer.next(), { prompt: "p", bindings: { robot: "slot" } });
  await expect(starting).rejects.toThrow("tasks.start: 'bindings' must be an object of objects");
});

test("closing says bye once, hangs up and never throws; afterwards calls are refused", async () => {
  await using fixture = await session();
  const { client, peer } = fixture;
  const closing = Promise.all([client.close(), client.close()]);
  peer.reply(await peer.next("bye"), { goodbye: true });
  expect(await peer.nextLine()).toBeUndefined();
  await closing;
  await expect(client.listTasks()).rejects.toMatchObject({ code: "CLOSED" });
  await expect(client.open(echo)).rejects.toMatchObject({ code: "CLOSED" });
});

test("closing with park only hangs up, and resuming names the session", async () => {
  const { client, peer, server } = await session({ park: true });
  await client.close();
  expect(await peer.nextLine()).toBeUndefined();
  await server[Symbol.asyncDispose]();
  await using resumed = await session({ sessionId: "sess-9" });
  expect(resumed.hello["params"]).toMatchObject({ session_id: "sess-9" });
});

test("the heartbeat says hello while idle, never while a call runs", async () => {
  await using fixture = await session({ heartbeatMs: 30, token: "t" });
  const { client, peer } = fixture;
  const beat = await peer.next("hello");
  expect(beat["params"]).toMatchObject({ session_id: "sess-1", token: "t" });
  peer.reply(beat, HELLO);
  const grading = client.grade("x");
  let request = await peer.next();
  for (; request["method"] === "hello"; request = await peer.next()) peer.reply(request, HELLO);
  const between = await Promise.race([
    peer.nextLine().then(() => "a frame"),
    new Promise((resolve) => setTimeout(() => resolve("silence"), 150)),
  ]);
  expect(between).toBe("silence");
  peer.reply(request, { score: 1 });
  expect((await grading).reward).toBe(1);
});

test("a heartbeat that is answered late costs nothing; one refused ends the beats, not the session", async () => {
  await using fixture = await session({ heartbeatMs: 50 });
  const { client, peer } = fixture;
  const beat = await peer.next("hello");
  const listing = client.listTasks();
  const list = await peer.next("tasks.list");
  peer.fail(beat, -32000, "busy");
  peer.reply(list, { tasks: [] });
  expect(await listing).toEqual([]);
  expect(client.lost.aborted).toBe(false);
});

test("an environment silent for three beats is lost", async () => {
  await using fixture = await session({ heartbeatMs: 20 });
  await once(fixture.client.lost, "abort");
  expect(fixture.client.lost.reason).toMatchObject({ code: "REQUEST_TIMEOUT" });
});

// What opens a capability in these tests: one byte stream.
interface Echo extends AsyncDisposable {
  send(text: string): Promise<string>;
}

const closed: string[] = [];
const echo: CapabilityClientFactory<Echo> = {
  protocol: "ssh",
  async connect(binding, { dial }) {
    const stream = await dial();
    return {
      async send(text) {
        stream.end(text);
        return await drainText(stream);
      },
      async [Symbol.asyncDispose]() {
        closed.push(binding.name);
        stream.destroy();
      },
    };
  },
};

async function acceptTunnel(server: LineServer): Promise<Socket> {
  const peer = await server.accept();
  expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS.tunnel);
  peer.write(GOLDEN_REPLIES.tunnel);
  return peer.detach();
}

test("a capability opens over a tunnel of its own, once, and closes with the client", async () => {
  closed.length = 0;
  await using fixture = await session();
  const { client, server } = fixture;
  const opening = Promise.all([client.open(echo), client.open(echo, "shell"), client.open(echo, "ssh/2")]);
  const tunnel = await acceptTunnel(server);
  const [first, second, third] = await opening;
  expect(second).toBe(first);
  expect(third).toBe(first);
  const sending = first.send("ping");
  expect(await drainText(tunnel)).toBe("ping");
  tunnel.end("pong");
  expect(await sending).toBe("pong");
  await client.closeOpened();
  expect(closed).toEqual(["shell"]);
  const again = client.open(echo);
  await acceptTunnel(server);
  expect(await again).not.toBe(first);
});

test("a tunnel carries the token", async () => {
  await using fixture = await session({ token: "secret" });
  const opening = fixture.client.open(echo);
  const peer = await fixture.server.accept();
  const request = await peer.next("tunnel.open");
  expect(request["params"]).toEqual({ capability: "shell", token: "secret" });
  peer.reply(request, { capability: "shell" });
  await opening;
});

test("a capability that is unknown, ambiguous or of another protocol names what there is", async () => {
  const bindings = [BINDING, { ...BINDING, name: "other" }].map((binding) => ({ ...binding }));
  await using fixture = await session({}, { ...HELLO, bindings });
  const { client } = fixture;
  await expect(client.open(echo, "nope")).rejects.toThrow(
    "no capability 'nope'; the environment exposes shell (ssh/2), other (ssh/2)",
  );
  await expect(client.open(echo)).rejects.toThrow("capability 'ssh' is ambiguous: shell (ssh/2), other (ssh/2)");
  await expect(client.open({ ...echo, protocol: "mcp/2025-11-25" }, "shell")).rejects.toMatchObject({
    code: "CAPABILITY_UNSUPPORTED",
  });
});

test("a connection that fails is tried three times, a refusal once", async () => {
  await using fixture = await session();
  const { client, server } = fixture;
  const opening = client.open(echo);
  opening.catch(() => {});
  for (let attempt = 0; attempt < 3; attempt++) (await server.accept()).socket.destroy();
  await expect(opening).rejects.toMatchObject({ code: "CAPABILITY_CONNECT_FAILED" });
  const refused = client.open(echo);
  refused.catch(() => {});
  const peer = await server.accept();
  await peer.next("tunnel.open");
  peer.write(GOLDEN_REPLIES.unknownCapability);
  await expect(refused).rejects.toMatchObject({
    code: "UNKNOWN_CAPABILITY",
    wireMessage: "\"unknown capability: 'shell'\"",
  });
});

test("the local url leads to the capability, keeping path, query, user name and password", async () => {
  await using fixture = await session();
  const { client, server } = fixture;
  const urls = await client.open({
    protocol: "ssh/2",
    connect: async (_binding, { localUrl }) => ({
      urls: await Promise.all([localUrl(), localUrl()]),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
  const [url] = urls.urls;
  expect(urls.urls[1]).toBe(url);
  const port = Number(/^ssh:\/\/me:pw@127\.0\.0\.1:(\d+)\/x\?y#z$/.exec(url ?? "")?.[1]);
  const local = await dialTcp("127.0.0.1", port);
  const tunnel = await acceptTunnel(server);
  local.end("ping");
  expect(await drainText(tunnel)).toBe("ping");
  tunnel.end("pong");
  expect(await drainText(local)).toBe("pong");
  await client.closeOpened();
  await expect(dialTcp("127.0.0.1", port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
