import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { lineServer } from "../wire/__fixtures__/line-server.ts";
import { BINDING, HELLO, never, session } from "./__fixtures__/session.ts";
import { type ConnectClientOptions, connectClient } from "./index.ts";

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
