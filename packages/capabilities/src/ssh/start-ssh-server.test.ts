import { once } from "node:events";
import { access } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { SdkError } from "@hud-ts/core/adapter";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { openShell } from "../workspace/client/__fixtures__/open-shell.ts";
import { idleHost } from "./__fixtures__/idle-host.ts";
import { serve } from "./__fixtures__/served.ts";
import { createSshKeys } from "./ssh-keys.ts";
import { startSshServer } from "./start-ssh-server.ts";

type Served = Awaited<ReturnType<typeof serve>>;

/** A little less than ssh2's client takes unread, 2 MiB buffered and half a window, before the server has to wait. */
const HELD_BACK = 2.9 * (1 << 20);
const IGNORES_TERM = `trap '' TERM; touch ready; while :; do sleep 0.05; done`;

async function shellOf({ server, keys }: Served) {
  return await openShell({
    port: server.port,
    params: { client_key: keys.clientKey, host_pubkey: keys.hostPublicKey },
  });
}

async function appears({ directory }: Served, name: string): Promise<void> {
  await expect
    .poll(() =>
      access(join(directory, name)).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
}

test("delivers all of both streams to a client that reads only once it holds the server back, again and again", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await using program = await shell.spawn("seq 1 1000000; seq 1 1000000 >&2");
  const streams = [program.stdout, program.stderr];
  const taken: [Buffer[], Buffer[]] = [[], []];
  let over = false;
  void program.exit.then(() => {
    over = true;
  });
  let rounds = 0;
  while (!over) {
    const held = () => streams.reduce((bytes, stream) => bytes + stream.readableLength, 0);
    await expect.poll(() => over || held() > HELD_BACK, { interval: 5 }).toBe(true);
    for (const [index, stream] of streams.entries()) taken[index]?.push(stream.read() ?? Buffer.alloc(0));
    rounds++;
  }
  const [stdout, stderr] = await Promise.all(
    streams.map(async (stream, index) => Buffer.concat([...(taken[index] ?? []), await buffer(stream)])),
  );
  const written = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => `${index + 1}\n`).join(""));
  expect(rounds).toBeGreaterThan(3);
  for (const stream of [stdout, stderr]) expect(stream?.equals(written)).toBe(true);
});

test("a signal reaches the program after its input ended", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await using program = await shell.spawn(`trap 'exit 9' INT; cat; touch ready; while :; do sleep 0.05; done`);
  program.stdin.end();
  await appears(served, "ready");
  program.kill("SIGINT");
  expect(await program.exit).toBe(9);
});

test("a closed channel ends the whole group, also what ignores SIGTERM", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  const program = await shell.spawn(`(trap '' TERM; sleep 60) & ${IGNORES_TERM}`);
  await appears(served, "ready");
  await program[Symbol.asyncDispose]();
  await expect.poll(() => served.host.live, { timeout: 5000 }).toBe(0);
});

test("closeSessions ends every program and connection, and the server goes on with the host of the moment", async () => {
  const hosts: number[] = [];
  await using outer = await serve();
  await using served = await serve({
    host: async () => {
      hosts.push(hosts.length);
      return outer.host;
    },
  });
  await using shell = await shellOf(served);
  const running = shell.exec(IGNORES_TERM);
  await appears(served, "ready");
  const lost = expect(running).rejects.toMatchObject({ code: "CAPABILITY_LOST" });
  await served.server.closeSessions();
  expect(outer.host.live).toBe(0);
  await lost;
  expect(await shell.exec("echo again")).toMatchObject({ stdout: "again\n" });
  expect(hosts).toHaveLength(2);
});

test.each([
  ["no sandbox", "host", new Error("the sandbox is gone"), 1, "cannot prepare shell: the sandbox is gone"],
  [
    "no program",
    "start",
    new SdkError({ code: "TOOL_INPUT_INVALID", message: "no bash" }),
    127,
    "cannot spawn shell: no bash",
  ],
  ["no process left", "start", new Error("EAGAIN"), 1, "cannot spawn shell: EAGAIN"],
])("tells a client of %s", async (...[, step, failure, exitCode, complaint]) => {
  const fail = () => Promise.reject(failure);
  await using served = await serve({ host: step === "host" ? fail : async () => ({ start: fail }) });
  await using shell = await shellOf(served);
  expect(await shell.exec("true")).toMatchObject({ exitCode, stdout: "", stderr: `workspace: ${complaint}\n` });
});

test("a program whose host ends under it counts as killed", async () => {
  const host = idleHost();
  await using served = await serve({ host: async () => host });
  await using shell = await shellOf(served);
  const running = shell.exec("wait");
  await expect.poll(() => host.started).toBe(1);
  host.lose(new Error("out of memory"));
  expect(await running).toMatchObject({ exitCode: 137, stderr: "workspace: lost the program: out of memory\n" });
});

test("serves 256 sessions of a connection at once and refuses the next", async () => {
  const host = idleHost();
  await using served = await serve({ host: async () => host });
  await using shell = await shellOf(served);
  const programs = await Promise.all(Array.from({ length: 256 }, () => shell.spawn("wait")));
  await expect(shell.spawn("wait")).rejects.toMatchObject({ code: "CAPABILITY_LOST" });
  await programs[0]?.[Symbol.asyncDispose]();
  await expect
    .poll(() =>
      shell.spawn("wait").then(
        () => "taken",
        () => "refused",
      ),
    )
    .toBe("taken");
});

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

test("the signal of its start bounds the start alone", async () => {
  const controller = new AbortController();
  await using served = await serve({ signal: controller.signal });
  controller.abort(new Error("over"));
  await using shell = await shellOf(served);
  expect(await shell.exec("echo alive")).toMatchObject({ stdout: "alive\n" });
});

test("a start whose signal fired starts nothing", async () => {
  const signal = AbortSignal.abort(new Error("given up"));
  const options = { host: async () => idleHost(), keys: createSshKeys(), cwd: "/", signal };
  await expect(startSshServer(options)).rejects.toThrow("given up");
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
