import { mkdtemp, rm } from "node:fs/promises";
import { hostname, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { Environment } from "@hud-ts/core";
import { serve } from "@hud-ts/core/serve";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemResolve } from "../../src/sandbox/egress/dial.ts";
import { type Arena, arena, listenTo, quoted, secret } from "./arena.ts";

// What the inside can reach. Every attempt is made beside the sandbox too, where it succeeds.
let ring: Arena;
beforeAll(async () => {
  ring = await arena();
});
afterAll(() => ring[Symbol.asyncDispose]());

describe("a network namespace of its own, always", () => {
  test("keeps the control channel out of reach, on loopback and on every address of the machine", async () => {
    const env = new Environment({ name: "attacked" });
    const server = ring.scope.use(await serve(env, { host: "0.0.0.0", token: secret() }));
    const hello = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "hello", params: {} })}\n`;
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const hosts = [
      "127.0.0.1",
      "localhost",
      ...addresses.filter(({ family }) => family === "IPv4").map((a) => a.address),
    ];
    const program = `
      for (const host of ${JSON.stringify(hosts)}) {
        const socket = require("net").connect({ host, port: ${server.port} }, () => socket.write(${JSON.stringify(hello)}));
        socket.on("data", (bytes) => console.log("answered", String(bytes))).on("error", (error) => console.log(error.code));
        setTimeout(() => socket.destroy(), 500).unref();
      }`;
    const attempt = `node -e ${quoted(program)}`;
    expect(await ring.unconfined(attempt)).toContain("answered");
    const got = await ring.agent(attempt);
    expect(got).toContain("ECONNREFUSED");
    expect(got).not.toContain("answered");
  });

  test("keeps other services of the machine out of reach, and shows none of its ports", async () => {
    const greeting = secret();
    const port = await ring.greeter(greeting, { host: "127.0.0.1" });
    const attempt = listenTo({ host: "127.0.0.1", port }, { host: "::ffff:127.0.0.1", port });
    expect(await ring.unconfined(attempt)).toContain(greeting);
    expect(await ring.agent(attempt)).not.toContain(greeting);
    const look = "cat /proc/net/tcp /proc/net/tcp6";
    const hex = port.toString(16).toUpperCase().padStart(4, "0");
    expect(await ring.unconfined(look)).toContain(`:${hex} `);
    expect(await ring.agent(look)).not.toContain(`:${hex} `);
  });

  test("keeps abstract sockets apart", async () => {
    const greeting = secret();
    const path = `\0hud-attack-${process.pid}`;
    await ring.greeter(greeting, { path });
    const attempt = listenTo({ path });
    expect(await ring.unconfined(attempt)).toContain(greeting);
    expect(await ring.agent(attempt)).toMatch(/^ECONNREFUSED/);
  });

  test("has no interface but loopback, and no way out", async () => {
    const look =
      "ls /sys/class/net /proc/self/net/dev_snmp6 2>/dev/null; tail -n +3 /proc/net/dev; cat /proc/net/route";
    expect((await ring.unconfined("tail -n +3 /proc/net/dev | wc -l")).trim()).not.toBe("1");
    expect((await ring.agent("tail -n +3 /proc/net/dev | cut -d: -f1")).trim()).toBe("lo");
    expect(await ring.agent(look)).not.toContain("eth");
  });
});

test("a /tmp and /run of its own keep sockets of the file system out of reach", async () => {
  const greeting = secret();
  const directory = await mkdtemp(join(tmpdir(), "attack-"));
  await ring.scope.add(() => rm(directory, { recursive: true }));
  const path = join(directory, "socket");
  await ring.greeter(greeting, { path });
  const attempt = listenTo({ path });
  expect(await ring.unconfined(attempt)).toContain(greeting);
  expect(await ring.agent(attempt)).toMatch(/^ENOENT/);
  expect(await ring.agent("ls /run /var/run/docker.sock 2>&1")).not.toMatch(/docker\.sock$/m);
});

describe("the proxy is the only way out", () => {
  const through = (proxy: string, url: string) =>
    `curl_() { exec 9<>/dev/tcp/127.0.0.1/${proxy} || return; printf 'GET ${url} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&9; cat <&9; }; curl_`;

  test("to allowed hosts at allowed addresses, and nowhere else", async () => {
    const greeting = secret();
    const port = await ring.greeter(`HTTP/1.1 200 OK\r\nContent-Length: ${greeting.length}\r\n\r\n${greeting}`, {
      host: "0.0.0.0",
    });
    const own = hostname().toLowerCase();
    const addresses = await systemResolve(own);
    await using open = await arena({ allowedHosts: [own], allowedAddresses: [...addresses] });
    await using publicOnly = await arena({ allowedHosts: ["*"] });

    expect(await open.agent("echo $http_proxy")).toBe("http://127.0.0.1:3128\n");
    expect(await open.agent(through("3128", `http://${own}:${port}/`))).toContain(greeting);
    expect(await open.agent(through("3128", `http://other.test:${port}/`))).toContain("blocked-by-allowlist");
    for (const host of [
      ...addresses.map((address) => (address.includes(":") ? `[${address}]` : address)),
      "127.0.0.1",
      "localhost",
    ]) {
      expect(await open.agent(through("3128", `http://${host}:${port}/`))).toContain("blocked-by-address");
    }
    // The machine's own name is no public host, though every name is allowed.
    expect(await publicOnly.agent(through("3128", `http://${own}:${port}/`))).toContain("blocked-by-address");
    expect(await open.agent(listenTo(...addresses.map((host) => ({ host, port }))))).not.toContain(greeting);
  });

  test("and is not there where nothing is allowed", async () => {
    expect(await ring.agent("env | grep -i proxy; true")).toBe("");
    expect(await ring.agent(through("3128", "http://example.com/"))).toContain("refused");
  });
});
