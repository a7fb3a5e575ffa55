import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { servedFixture } from "./__fixtures__/served-fixture.ts";
import { openDoor, TRANSPORTS } from "./__fixtures__/transports.ts";
import { ControlServer } from "./control-server.ts";
import { type Listener, listen } from "./listen.ts";

const backends: Listener[] = [];
afterEach(async () => {
  await Promise.all(backends.splice(0).map((backend) => backend.close()));
});

async function backend(onConnection: (socket: Socket) => unknown): Promise<number> {
  const listener = await listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, onConnection);
  backends.push(listener);
  return listener.address.kind === "tcp" ? listener.address.port : 0;
}

function capability(name: string, url: string) {
  return { name, protocol: "ssh/2", url, params: {} };
}

describe.each(TRANSPORTS)("over %s", (transport) => {
  test("a tunnel is a byte pipe; the backend's first bytes may follow the reply at once", async () => {
    const port = await backend((socket) => {
      socket.write("banner\n");
      socket.on("data", (chunk) => socket.write(chunk));
      socket.on("end", () => socket.end("after your end"));
    });
    const env = servedFixture({ bindings: [capability("shell", `ssh://agent@127.0.0.1:${port}/path`)] });
    await using server = new ControlServer(env);
    await using door = await openDoor(server, transport);
    using peer = await door.connect();
    peer.send('{"jsonrpc":"2.0","id":1,"method":"tunnel.open","params":{"capability":"shell"}}');
    expect(await peer.line()).toBe('{"jsonrpc":"2.0","id":1,"result":{"capability":"shell"}}');
    expect(await peer.line()).toBe("banner");
    peer.send("not json at all");
    expect(await peer.line()).toBe("not json at all");
    peer.end();
    expect(await peer.line()).toBeUndefined();
    expect(peer.unread).toBe("after your end");
  });

  test("bytes sent along with the first frame arrive; without an id there is no reply", async () => {
    const port = await backend((socket) => socket.pipe(socket));
    await using server = new ControlServer(
      servedFixture({ bindings: [capability("echo", `tcp://[::ffff:127.0.0.1]:${port}`)] }),
    );
    await using door = await openDoor(server, transport);
    using peer = await door.connect();
    peer.send({ method: "tunnel.open", params: { capability: "echo" } }, "early");
    expect(await peer.line()).toBe("early");
  });

  test("a reset of the backend closes the peer", async () => {
    const port = await backend((socket) => void socket.resetAndDestroy());
    await using server = new ControlServer(servedFixture({ bindings: [capability("x", `tcp://127.0.0.1:${port}`)] }));
    await using door = await openDoor(server, transport);
    using peer = await door.connect();
    await peer.call("tunnel.open", { capability: "x" });
    expect(await peer.line()).toBeUndefined();
  });
});

test("with a token a tunnel carries it too", async () => {
  const port = await backend((socket) => socket.end("hi\n"));
  const bindings = [capability("x", `tcp://127.0.0.1:${port}`)];
  await using server = new ControlServer(servedFixture({ bindings }), { token: "t" });
  using peer = RawPeer.onMemory(server);
  expect(await peer.call("tunnel.open", { capability: "x", token: "t" })).toEqual({ capability: "x" });
  expect(await peer.line()).toBe("hi");
});

describe("refusals", () => {
  const bindings = [
    capability("portless", "ws://127.0.0.1/x"),
    capability("hostless", "tcp://:22"),
    capability("default-port", "http://127.0.0.1:80"),
  ];

  test.each([
    [{ capability: "nope" }, -32000, `"unknown capability: 'nope'"`],
    [{ capability: 7 }, -32602, "tunnel.open: 'capability' must be a string"],
    [{}, -32602, "tunnel.open: 'capability' must be a string"],
    [{ capability: "portless" }, -32602, "capability 'portless' has no host:port to tunnel to"],
    [{ capability: "hostless" }, -32602, "capability 'hostless' has no host:port to tunnel to"],
  ])("%j: one error frame, then the end", async (params, code, text) => {
    await using server = new ControlServer(servedFixture({ bindings }));
    using peer = RawPeer.onMemory(server);
    expect(await peer.call("tunnel.open", params)).toEqual([code, text]);
    expect(await peer.line()).toBeUndefined();
  });

  test("a dial that fails is told with the system's text", async () => {
    const port = await closedPort();
    await using server = new ControlServer(servedFixture({ bindings: [capability("x", `tcp://127.0.0.1:${port}`)] }));
    using peer = RawPeer.onMemory(server);
    const [code, text] = await peer.call("tunnel.open", { capability: "x" });
    expect([code, text]).toEqual([-32000, expect.stringContaining("ECONNREFUSED")]);
    expect(await peer.line()).toBeUndefined();
  });

  test("later in a control session it is an unknown method", async () => {
    await using server = new ControlServer(servedFixture({ bindings }));
    using peer = RawPeer.onMemory(server);
    await peer.call("hello");
    expect(await peer.call("tunnel.open", { capability: "x" })).toEqual([-32601, "method not found: tunnel.open"]);
  });
});

test("many tunnels at once raise no warning of leaked listeners", async () => {
  const port = await backend((socket) => socket.pipe(socket));
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  await using server = new ControlServer(servedFixture({ bindings: [capability("x", `tcp://127.0.0.1:${port}`)] }));
  const peers = Array.from({ length: 15 }, () => RawPeer.onMemory(server));
  await Promise.all(peers.map((peer) => peer.call("tunnel.open", { capability: "x" })));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  for (const peer of peers) peer.stream.destroy();
  expect(warnings).toEqual([]);
});

test("closing the server ends its tunnels", async () => {
  const port = await backend((socket) => socket.resume().on("end", () => socket.end()));
  const server = new ControlServer(servedFixture({ bindings: [capability("x", `tcp://127.0.0.1:${port}`)] }));
  using peer = RawPeer.onMemory(server);
  await peer.call("tunnel.open", { capability: "x" });
  await server.close();
  expect(await peer.line()).toBeUndefined();
});

async function closedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
