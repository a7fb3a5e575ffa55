import { expect, test } from "vitest";
import { dialTcp } from "../../wire/dial.ts";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { servedFixture } from "./__fixtures__/served-fixture.ts";
import { listen } from "./listen.ts";
import { startRelay } from "./relay.ts";
import { type Server, serve } from "./serve.ts";

async function relayTo(server: Server, token = server.token ?? "") {
  return await startRelay({ connect: ({ signal }) => dialTcp("127.0.0.1", server.port, { signal }), token });
}

test("a peer that knows no token drives a protected server", async () => {
  await using server = await serve(servedFixture());
  await using relay = await relayTo(server);
  expect(relay.url).toBe(`tcp://127.0.0.1:${relay.port}`);
  using peer = await RawPeer.onTcp(relay.port);
  const { session_id } = await peer.call("hello", { session_id: null });
  await peer.call("tasks.start", { id: "count", args: {} });
  peer.end();
  expect(await peer.frame()).toBeUndefined();
  using later = await RawPeer.onTcp(relay.port);
  await later.call("hello", { session_id });
  expect(await later.call("tasks.grade", { answer: 1 })).toEqual({ score: 1 });
});

test("a session that opens with another method is introduced, and sees only its own answers", async () => {
  await using server = await serve(servedFixture());
  await using relay = await relayTo(server);
  using peer = await RawPeer.onTcp(relay.port);
  peer.send('{"id":"first","method":"tasks.list"}', '{"id":"second","method":"tasks.cancel"}');
  expect((await peer.frame()).id).toBe("first");
  expect((await peer.frame()).id).toBe("second");
});

test("tunnels pass too, half-closes included", async () => {
  await using backend = await listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, (socket) => {
    socket.on("end", () => socket.end("all of it")).resume();
  });
  const port = backend.address.kind === "tcp" ? backend.address.port : 0;
  const bindings = [{ name: "x", protocol: "mcp/1", url: `tcp://127.0.0.1:${port}`, params: {} }];
  await using server = await serve(servedFixture({ bindings }));
  await using relay = await relayTo(server);
  using peer = await RawPeer.onTcp(relay.port);
  expect(await peer.call("tunnel.open", { capability: "x" })).toEqual({ capability: "x" });
  peer.end();
  expect(await peer.frame().catch(() => undefined)).toBeUndefined();
  expect(peer.unread).toBe("all of it");
});

test("a relay with the wrong token, or without a server behind it, says so", async () => {
  await using server = await serve(servedFixture());
  await using wrong = await relayTo(server, "wrong");
  using hello = await RawPeer.onTcp(wrong.port);
  expect((await hello.call("hello"))[0]).toBe(-32001);
  using list = await RawPeer.onTcp(wrong.port);
  list.request("tasks.list");
  expect((await list.frame()).error.code).toBe(-32001);

  await using dead = await startRelay({ connect: () => Promise.reject(new Error("no route")), token: "t" });
  using peer = await RawPeer.onTcp(dead.port);
  peer.request("hello");
  expect((await peer.frame()).error).toEqual({ code: -32000, message: "the relay failed: no route" });
  expect(await peer.frame()).toBeUndefined();
});

test("what is no frame is passed to nobody", async () => {
  let dialled = 0;
  const connect = () => {
    dialled++;
    return Promise.reject(new Error("unexpected"));
  };
  await using relay = await startRelay({ connect, token: "t" });
  using peer = await RawPeer.onTcp(relay.port);
  peer.send("GET / HTTP/1.1");
  expect(await peer.frame()).toBeUndefined();
  expect(dialled).toBe(0);
});

test("closing cuts what passes", async () => {
  await using server = await serve(servedFixture());
  const relay = await relayTo(server);
  using peer = await RawPeer.onTcp(relay.port);
  using silent = await RawPeer.onTcp(relay.port);
  await peer.call("hello");
  await Promise.all([relay.close(), relay.close()]);
  expect(await peer.frame()).toBeUndefined();
  expect(await silent.frame()).toBeUndefined();
});
