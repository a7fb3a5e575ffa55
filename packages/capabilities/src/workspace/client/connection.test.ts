import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import { Environment } from "@hud-ts/core";
import { withResolvers } from "@hud-ts/core/adapter";
import { connectClient, dialControl, memoryPair, parseControlUrl } from "@hud-ts/core/client";
import { serve as serveEnvironment } from "@hud-ts/core/serve";
import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { serve } from "../../ssh/__fixtures__/served.ts";
import { createSshKeys } from "../../ssh/ssh-keys.ts";
import { appears, dialPort, openShell } from "./__fixtures__/open-shell.ts";
import { ssh } from "./ssh.ts";

type Served = Awaited<ReturnType<typeof serve>>;

function paramsOf({ keys }: Served) {
  return { client_key: keys.clientKey, host_pubkey: keys.hostPublicKey };
}

/** A relay in front of a server, whose connections a test can break. */
async function breakable(port: number) {
  const sockets = new Set<Socket>();
  const relay = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    void dialPort(port).then((server) => pipeline(socket, server, socket, () => {}));
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  return {
    port: (relay.address() as AddressInfo).port,
    break() {
      for (const socket of sockets) socket.resetAndDestroy();
      sockets.clear();
    },
    async [Symbol.asyncDispose]() {
      relay.close();
      this.break();
    },
  };
}

test("refuses a server with another key, naming both, before it sends anything", async () => {
  await using served = await serve();
  const params = { ...paramsOf(served), host_pubkey: createSshKeys().hostPublicKey };
  await expect(openShell({ port: served.server.port, params })).rejects.toMatchObject({
    code: "CAPABILITY_CONNECT_FAILED",
    message: expect.stringMatching(/host key SHA256:\S{43} expected, got SHA256:\S{43}$/),
  });
});

test("takes one of several host keys, and any where none was published", async () => {
  await using served = await serve();
  const { clientKey, hostPublicKey } = served.keys;
  for (const host_pubkey of [`${createSshKeys().hostPublicKey}\n${hostPublicKey}\n`, null]) {
    await using shell = await openShell({ port: served.server.port, params: { client_key: clientKey, host_pubkey } });
    expect(await shell.exec("true")).toMatchObject({ exitCode: 0 });
  }
});

test("reads its key from a file where the binding names one", async () => {
  await using served = await serve();
  const params = { client_key_path: served.keyFile };
  await using shell = await openShell({ port: served.server.port, params });
  expect(await shell.exec("true")).toMatchObject({ exitCode: 0 });
});

test.each([
  ["another's key", { client_key: createSshKeys().clientKey }, "CAPABILITY_CONNECT_FAILED"],
  ["another user", { user: "root" }, "CAPABILITY_CONNECT_FAILED"],
  ["no key at all", { client_key: null }, "MANIFEST_INVALID"],
  ["a key that is none", { client_key: "nonsense" }, "CAPABILITY_CONNECT_FAILED"],
  ["a key file that is not there", { client_key: null, client_key_path: "/absent" }, "MANIFEST_INVALID"],
  ["a host key that is none", { host_pubkey: "nonsense" }, "MANIFEST_INVALID"],
  ["a Windows shell", { shell: "powershell" }, "CAPABILITY_UNSUPPORTED"],
])("with %s it is refused", async (_what, change, code) => {
  await using served = await serve();
  const params = { ...paramsOf(served), ...change };
  await expect(openShell({ port: served.server.port, params })).rejects.toMatchObject({ code });
});

test("a connecting that is given up closes the connection that comes late", async () => {
  await using served = await serve();
  const controller = new AbortController();
  const dialled = withResolvers<void>();
  const late = withResolvers<Duplex>();
  const dial = () => {
    dialled.resolve();
    return late.promise;
  };
  const opening = openShell({ port: 0, params: paramsOf(served), dial, signal: controller.signal });
  await dialled.promise;
  controller.abort(new Error("given up"));
  await expect(opening).rejects.toThrow("given up");
  const [near, far] = memoryPair();
  late.resolve(near);
  await expect.poll(() => near.destroyed).toBe(true);
  far.destroy();
});

test("a server that never answers is given up with the signal's reason", async () => {
  await using served = await serve();
  const [near, far] = memoryPair();
  const opening = openShell({
    port: 0,
    params: paramsOf(served),
    dial: async () => near,
    signal: AbortSignal.timeout(50),
  });
  await expect(opening).rejects.toMatchObject({ name: "TimeoutError" });
  expect(near.destroyed).toBe(true);
  far.destroy();
});

test("connects anew when the connection broke between commands, once for all who ask", async () => {
  await using served = await serve();
  await using relay = await breakable(served.server.port);
  let dials = 0;
  const dial = async () => {
    dials++;
    return await dialPort(relay.port);
  };
  await using shell = await openShell({ port: 0, params: paramsOf(served), dial });
  for (let round = 0; round < 3; round++) {
    relay.break();
    const results = await Promise.all([1, 2, 3].map((n) => shell.exec(`echo ${n}`)));
    expect(results.map(({ stdout }) => stdout)).toEqual(["1\n", "2\n", "3\n"]);
  }
  expect(dials).toBe(4);
});

test("a connection that breaks under a command loses it, and never runs it twice", async () => {
  await using served = await serve();
  await using relay = await breakable(served.server.port);
  await using shell = await openShell({ port: relay.port, params: paramsOf(served) });
  const running = shell.exec("echo run >> runs; sleep 60");
  await appears(served, "runs");
  relay.break();
  await expect(running).rejects.toMatchObject({ code: "CAPABILITY_LOST" });
  expect(String(await shell.readFile("runs"))).toBe("run\n");
  await expect.poll(() => served.host.live).toBe(0);
});

test("a status that came before all of the output does not hide that the rest was lost", async () => {
  const keys = createSshKeys();
  const sockets: Socket[] = [];
  const server = new ssh2.Server({ hostKeys: [keys.hostKey] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (context) => context.accept());
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec) => {
        const channel = acceptExec();
        channel.exit(0);
        channel.write("the first half", () => setImmediate(() => sockets[0]?.destroy()));
      });
    });
  });
  const listener = createServer((socket) => {
    sockets.push(socket);
    server.injectSocket(socket);
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  try {
    await using shell = await openShell({ port, params: { client_key: keys.clientKey } });
    await expect(shell.exec("anything")).rejects.toMatchObject({ code: "CAPABILITY_LOST" });
  } finally {
    listener.close();
  }
});

test("gives up after three attempts, half a second apart at most", async () => {
  await using served = await serve();
  let dials = 0;
  const dial = async () => {
    if (dials++ > 0) throw new Error("nobody listens");
    return await dialPort(served.server.port);
  };
  await using shell = await openShell({ port: 0, params: paramsOf(served), dial });
  await served.server.close();
  await expect(shell.exec("true")).rejects.toMatchObject({
    code: "CAPABILITY_LOST",
    message: expect.stringContaining("nobody listens"),
  });
  expect([3, 4]).toContain(dials); // the first attempt may still find the old connection closing
});

test("a closed shell refuses with CLOSED and has ended what it ran", async () => {
  await using served = await serve();
  const shell = await openShell({ port: served.server.port, params: paramsOf(served) });
  await using program = await shell.spawn("sleep 60");
  await shell.close();
  await shell.close();
  await expect(program.exit).rejects.toMatchObject({ code: "CLOSED" });
  await expect(shell.exec("true")).rejects.toMatchObject({ code: "CLOSED" });
  await expect.poll(() => served.host.live).toBe(0);
});

test("no small packet waits for an acknowledgement, on either side", async () => {
  await using served = await serve();
  await using shell = await openShell({ port: served.server.port, params: paramsOf(served) });
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    await shell.exec("true");
    times.push(performance.now() - began);
  }
  expect(Math.min(...times)).toBeLessThan(40); // what a delayed acknowledgement alone takes
});

test("works through the control channel's tunnel, 10 MB both ways", async () => {
  await using served = await serve();
  const env = new Environment({ name: "tunnelled" });
  env.attach({
    start: async () => [
      { name: "shell", protocol: "ssh/2", url: `ssh://127.0.0.1:${served.server.port}`, params: paramsOf(served) },
    ],
    stop: async () => {},
  });
  await using control = await serveEnvironment(env);
  const signal = AbortSignal.timeout(15_000);
  const connect = (options: { signal: AbortSignal }) => dialControl(parseControlUrl(control.url), options);
  await using client = await connectClient({
    connect,
    signal,
    ...(control.token !== null && { token: control.token }),
  });
  const shell = await client.open(ssh);
  const bytes = Buffer.alloc(10 << 20, "tunnel ");
  await shell.writeFile("big", bytes);
  expect(bytes.equals(await shell.readFile("big"))).toBe(true);
});
