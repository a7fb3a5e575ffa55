import { once } from "node:events";
import { connect, type Socket } from "node:net";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { openShell, shellOf } from "../workspace/client/__fixtures__/open-shell.ts";
import { serve } from "./__fixtures__/served.ts";

test("takes 64 connections at once and closes the next", async () => {
  await using served = await serve();
  const sockets = Array.from({ length: 65 }, () => connect(served.server.port, "127.0.0.1"));
  const closed = sockets.map((socket) => once(socket.resume(), "close"));
  await Promise.race(closed);
  expect(sockets.filter((socket) => socket.destroyed)).toHaveLength(1);
  for (const socket of sockets) socket.destroy();
});

test("a key without a right signature is refused, and after a few attempts the client", async () => {
  await using served = await serve();
  const key = ssh2.utils.parseKey(served.keys.clientPublicKey);
  if (key instanceof Error) throw key;
  const identity: ssh2.ParsedKey = key;
  class Forger extends ssh2.BaseAgent {
    asked = 0;
    override getIdentities(done: (error: null, keys: ssh2.ParsedKey[]) => void): void {
      done(
        null,
        Array.from({ length: 20 }, () => identity),
      );
    }
    override sign(...args: unknown[]): void {
      this.asked++;
      const done = args.at(-1) as (error: null, signature: Buffer) => void;
      done(null, Buffer.alloc(64, 1));
    }
  }
  const agent = new Forger();
  const client = new ssh2.Client();
  const failed = once(client, "close");
  client.on("error", () => {}).on("ready", () => expect.unreachable("let in"));
  client.connect({ host: "127.0.0.1", port: served.server.port, username: "agent", agent, authHandler: ["agent"] });
  await failed;
  expect(agent.asked).toBe(6);
});

test.each([["password"], ["none"]] as const)("refuses the method %s", async (method) => {
  await using served = await serve();
  const client = new ssh2.Client();
  const failed = once(client, "error");
  client.connect({
    host: "127.0.0.1",
    port: served.server.port,
    username: "agent",
    password: "x",
    authHandler: [method],
  });
  expect(String(await failed)).toContain("All configured authentication methods failed");
});

test("broken clients end alone", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed;
  };
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => random() >> 8));
  const openings = ["", "SSH-2.0-x\r\n", "SSH-1.5-old\r\n", "GET / HTTP/1.1\r\n\r\n", `${"A".repeat(9000)}\n`];
  for (let round = 0; round < 60; round++) {
    const socket = connect(served.server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.end(Buffer.concat([Buffer.from(openings[round % openings.length] ?? ""), noise(random() % 2000)]));
    socket.resume();
    await once(socket, "close");
  }
  expect(await shell.exec("echo alive")).toMatchObject({ stdout: "alive\n" });
});

test("a stream that flips bits ends its connection, at whatever point it starts", async () => {
  await using served = await serve();
  const { clientKey } = served.keys;
  for (let flipAfter = 0; flipAfter < 6000; flipAfter += 397) {
    const socket = connect(served.server.port, "127.0.0.1");
    await once(socket, "connect");
    flipWrites(socket, flipAfter);
    const shell = await openShell({ port: 0, params: { client_key: clientKey }, dial: async () => socket }).catch(
      () => undefined,
    );
    await shell
      ?.exec("head -c 3000 /dev/zero", { stdin: Buffer.alloc(4000), signal: AbortSignal.timeout(300) })
      .catch(() => {});
    await shell?.close();
    socket.destroy();
  }
  await using shell = await shellOf(served);
  expect(await shell.exec("echo alive")).toMatchObject({ stdout: "alive\n" });
  await expect.poll(() => served.host.live).toBe(0);
});

function flipWrites(socket: Socket, after: number): void {
  let sent = 0;
  const write = socket.write.bind(socket) as (chunk: Buffer) => boolean;
  socket.write = ((chunk: Buffer) => {
    const bytes = Buffer.from(chunk);
    const at = after - sent;
    if (at >= 0 && at < bytes.byteLength) bytes.writeUInt8(bytes.readUInt8(at) ^ 0x20, at);
    sent += bytes.byteLength;
    return write(bytes);
  }) as typeof socket.write;
}
