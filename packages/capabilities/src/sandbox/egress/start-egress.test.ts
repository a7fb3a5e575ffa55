import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer as createNetServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { connect as tlsConnect } from "node:tls";
import { Scope } from "@hud-ts/core/adapter";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EgressOptions } from "./start-egress.ts";
import { startEgress } from "./start-egress.ts";

// Names resolve to loopback, which the tests allow by configuration, as a machine with services of its own would.
const LOOPBACK: Partial<EgressOptions> = { allowedAddresses: ["127.0.0.0/8"], resolve: async () => ["127.0.0.1"] };

let scope: Scope;
beforeEach(() => {
  scope = new Scope();
});
afterEach(() => scope.close());

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await scope.add(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy behind a real socket, which a sandbox would pass out. */
async function proxy(options: Partial<EgressOptions> = {}): Promise<number> {
  const signal = new AbortController().signal;
  const egress = startEgress({ allowedHosts: ["allowed.test"], ...LOOPBACK, signal, ...options });
  const port = await listening(createNetServer({ allowHalfOpen: true }, (socket) => egress.accept(socket)));
  await scope.add(() => egress.close());
  return port;
}

type Handler = (...parameters: Parameters<RequestListener>) => unknown;

const upstream = async (handler: Handler) => {
  const server = createServer((request, response) => void handler(request, response));
  await scope.add(() => server.closeAllConnections());
  return await listening(server);
};

interface Answer {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

async function ask(
  via: number,
  url: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
): Promise<Answer> {
  const request = httpRequest({ port: via, path: url, method: options.method ?? "GET", headers: options.headers });
  request.on("error", () => {}); // of a body that the proxy no longer wants; the answer tells
  request.end(options.body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const body = await text(response);
  const reason = response.headers["x-proxy-error"] as string | undefined;
  return { status: response.statusCode, reason, body, headers: response.headers };
}

/** Everything a raw exchange returns, until the proxy ends it. */
async function raw(via: number, bytes: string): Promise<string> {
  const socket = connect(via, "127.0.0.1");
  socket.write(bytes);
  return (await buffer(socket)).toString("latin1");
}

async function tunnel(via: number, target: string): Promise<{ socket: Socket; head: string }> {
  const socket = connect({ port: via, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {});
  await scope.add(() => socket.destroy());
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  return { socket, head: head.toString() };
}

describe("plain requests", () => {
  test("go to an allowed host and its subdomains, with their bodies and headers", async () => {
    const port = await upstream(async (request, response) => {
      response.setHeader("X-Seen", `${request.method} ${request.url} ${request.headers.host}`);
      response.setHeader("Set-Cookie", ["a=1", "b=2"]);
      response.end(`got ${await text(request)}`);
    });
    const via = await proxy();
    const answer = await ask(via, `http://Sub.Allowed.test:${port}/path?q=1`, { method: "POST", body: "payload" });
    expect(answer).toMatchObject({ status: 200, body: "got payload" });
    expect(answer.headers["x-seen"]).toBe(`POST /path?q=1 sub.allowed.test:${port}`);
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  });

  test("hop-by-hop headers stay behind in both directions, those that Connection names too", async () => {
    const port = await upstream((request, response) => {
      response.writeHead(200, [
        "Connection",
        "X-Hop",
        "X-Hop",
        "1",
        "Proxy-Authenticate",
        "x",
        "X-Seen",
        JSON.stringify(request.headers),
      ]);
      response.end();
    });
    const answer = await ask(await proxy(), `http://allowed.test:${port}/`, {
      headers: {
        Connection: "close, X-Mine",
        "X-Mine": "1",
        "Proxy-Authorization": "secret",
        TE: "x",
        "X-Kept": "1",
        Host: "evil.test",
      },
    });
    const seen = JSON.parse(answer.headers["x-seen"] as string);
    expect(seen).toEqual({ host: `allowed.test:${port}`, connection: "close", "x-kept": "1" });
    expect(answer.headers["x-hop"]).toBeUndefined();
    expect(answer.headers["proxy-authenticate"]).toBeUndefined();
  });

  test("hosts that are not allowed are refused without being resolved", async () => {
    const asked: string[] = [];
    const via = await proxy({ resolve: async (host) => [asked.push(host)].map(() => "127.0.0.1") });
    expect(await ask(via, "http://other.test/")).toMatchObject({ status: 403, reason: "blocked-by-allowlist" });
    expect(asked).toEqual([]);
  });

  test.each([["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["224.0.0.1"]])(
    "an allowed name at %s is refused",
    async (address) => {
      const via = await proxy({ allowedAddresses: [], resolve: async () => [address] });
      expect(await ask(via, "http://allowed.test/")).toMatchObject({ status: 403, reason: "blocked-by-address" });
    },
  );

  test("the address that was looked at is the one that is dialled, though the name has moved since", async () => {
    const port = await upstream((_request, response) => response.end("reached"));
    const answers = [["127.0.0.1"], ["10.255.255.1"]];
    let resolved = 0;
    const via = await proxy({ resolve: async () => answers[resolved++] ?? [] });
    expect(await ask(via, `http://allowed.test:${port}/`)).toMatchObject({ status: 200, body: "reached" });
    expect(resolved).toBe(1);
  });

  test("a public address among private ones is the only one dialled", async () => {
    const port = await upstream((_request, response) => response.end("reached"));
    const via = await proxy({ allowedAddresses: ["127.0.0.2"], resolve: async () => ["127.0.0.1", "127.0.0.2"] });
    // The upstream listens at 127.0.0.1 alone.
    expect(await ask(via, `http://allowed.test:${port}/`)).toMatchObject({ status: 502, reason: "upstream-failure" });
  });

  test.each([
    ["/relative", 400, "invalid-target"],
    ["https://allowed.test/", 400, "invalid-target"],
    ["http://user:password@allowed.test/", 400, "invalid-target"],
    ["http://127.0.0.1/", 403, "blocked-by-address"],
    ["http://0x7f000001/", 403, "blocked-by-address"],
  ])("%s is refused", async (url, status, reason) => {
    expect(await ask(await proxy(), url)).toMatchObject({ status, reason });
  });

  test("a body of 20 MB streams both ways, and a reader that stops stops the upstream", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024, "x");
    const port = await upstream((_request, response) => {
      const fill = () => {
        while (sent < 20_000_000) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", fill);
        }
        response.end();
      };
      fill();
    });
    const request = httpRequest({ port: await proxy(), path: `http://allowed.test:${port}/` }).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.pause();
    const seen = [-1];
    await expect.poll(() => seen.push(sent) && seen.at(-1) === seen.at(-2), { interval: 100 }).toBe(true);
    expect(sent).toBeLessThan(15_000_000);
    let received = 0;
    for await (const part of response) received += (part as Buffer).length;
    expect(received).toBe(sent);
  });

  test("a server that answers before it has the body, and reads no more, is heard", async () => {
    const early = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 8\r\n\r\ntoo much";
    const port = await listening(createNetServer((socket) => socket.once("data", () => socket.pause().write(early))));
    const body = Buffer.alloc(20_000_000);
    const answer = await ask(await proxy(), `http://allowed.test:${port}/`, { method: "PUT", body });
    expect(answer).toMatchObject({ status: 413, body: "too much" });
  });

  test("no upstream, a broken upstream and a silent one end as 502", async () => {
    const broken = await listening(createNetServer((socket) => socket.end("garbage\r\n\r\n")));
    const silent = await listening(createNetServer((socket) => socket.resume()));
    const via = await proxy({ idleTimeoutMs: 100 });
    for (const port of [1, broken, silent]) {
      expect(await ask(via, `http://allowed.test:${port}/`)).toMatchObject({ status: 502, reason: "upstream-failure" });
    }
    const lost = await proxy({ resolve: async () => Promise.reject(new Error("secret resolver detail")) });
    const answer = await ask(lost, "http://allowed.test/");
    expect(answer).toMatchObject({ status: 502, reason: "upstream-failure" });
    expect(answer.body).not.toContain("secret");
  });

  test("a resolver that never answers is given up", async () => {
    const via = await proxy({ connectTimeoutMs: 50, resolve: () => new Promise(() => {}) });
    expect(await ask(via, "http://allowed.test/")).toMatchObject({ status: 502, reason: "upstream-failure" });
  });
});

describe("what is no request", () => {
  test.each([
    [
      "an overlong head",
      `GET http://allowed.test/ HTTP/1.1\r\nX: ${"x".repeat(40_000)}\r\n\r\n`,
      "431 header-too-large",
    ],
    ["noise", "\x16\x03\x01 not http\r\n\r\n", "400 invalid-request"],
    [
      "two framings of one body",
      "POST http://allowed.test/ HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "400 invalid-request",
    ],
    [
      "a coding that hides a body",
      "POST http://allowed.test/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "400 invalid-request-body",
    ],
  ])("%s", async (_name, bytes, refusal) => {
    const [status, reason] = refusal.split(" ");
    const answer = await raw(await proxy(), bytes);
    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(answer).toContain(`X-Proxy-Error: ${reason}`);
  });

  test("a malformed chunk", async () => {
    const port = await upstream(async (request, response) => response.end(await text(request).catch(() => "")));
    const answer = await raw(
      await proxy(),
      `POST http://allowed.test:${port}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    );
    expect(answer).toContain("X-Proxy-Error: invalid-request-body");
  });

  test("a second request behind the first never reaches an upstream", async () => {
    const seen: (string | undefined)[] = [];
    const port = await upstream((request, response) => {
      seen.push(request.url);
      response.end("one");
    });
    const line = (path: string) => `GET http://allowed.test:${port}${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    await raw(await proxy(), line("/1") + line("/2"));
    expect(seen).not.toContain("/2");
    expect((await ask(await proxy(), `http://allowed.test:${port}/2`)).status).toBe(200);
  });

  test("a head that does not come is waited for only so long", async () => {
    const answer = await raw(await proxy({ headTimeoutMs: 50 }), "GET http://allowed.test/ HT");
    expect(answer).toBe("");
  });
});

describe("tunnels", () => {
  const directory = mkdtempSync(join(tmpdir(), "egress-"));
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"],
      ...["-subj", "/CN=allowed.test", "-addext", "subjectAltName=DNS:allowed.test,DNS:other.test"],
      ...["-keyout", join(directory, "key"), "-out", join(directory, "cert")],
    ],
    { stdio: "ignore" },
  );
  const [key, cert] = [readFileSync(join(directory, "key")), readFileSync(join(directory, "cert"))];
  rmSync(directory, { recursive: true });

  const secureUpstream = async (listener: RequestListener) => {
    const server = createHttpsServer({ key, cert }, listener);
    await scope.add(() => server.closeAllConnections());
    return await listening(server);
  };

  async function overTls(socket: Socket, servername: string): Promise<string> {
    const secure = tlsConnect({ socket, servername, ca: cert });
    await once(secure, "secureConnect");
    secure.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`);
    return await text(secure);
  }

  test("carry TLS to the host they were opened for", async () => {
    const port = await secureUpstream((_request, response) => response.end("secret page"));
    const { socket, head } = await tunnel(await proxy(), `ALLOWED.test.:${port}`);
    expect(head).toBe("HTTP/1.1 200 Connection established\r\n\r\n");
    expect(await overTls(socket, "allowed.test")).toContain("secret page");
  });

  test("for another name inside than outside are ended by an alert, and the upstream hears nothing of it", async () => {
    const heard: string[] = [];
    const port = await listening(createNetServer((socket) => socket.on("data", (bytes) => heard.push(String(bytes)))));
    const { socket } = await tunnel(await proxy(), `allowed.test:${port}`);
    await expect(overTls(socket, "other.test")).rejects.toThrow(/alert access denied|EPROTO/);
    expect(heard).toEqual([]);
  });

  test.each(["GET / HTTP/1.1\r\nHost: other.test\r\n\r\n", "SSH-2.0-client\r\n"])(
    "carry nothing but TLS: %j",
    async (bytes) => {
      const heard: string[] = [];
      const port = await listening(createNetServer((socket) => socket.on("data", (data) => heard.push(String(data)))));
      const { socket } = await tunnel(await proxy(), `allowed.test:${port}`);
      socket.write(bytes);
      expect(await text(socket)).toBe("");
      expect(heard).toEqual([]);
    },
  );

  test("in which nothing is said are ended", async () => {
    const port = await listening(createNetServer((socket) => socket.resume()));
    const { socket } = await tunnel(await proxy({ headTimeoutMs: 80 }), `allowed.test:${port}`);
    expect(await text(socket)).toBe("");
  });

  test.each([
    ["other.test:443", "403 Forbidden", "blocked-by-allowlist"],
    ["127.0.0.1:443", "403 Forbidden", "blocked-by-address"],
    ["[::1]:443", "403 Forbidden", "blocked-by-address"],
    ["localhost:443", "403 Forbidden", "blocked-by-address"],
    ["allowed.test:99999", "400 Bad Request", "invalid-target"],
    ["allowed.test:1", "502 Bad Gateway", "upstream-failure"],
  ])("to %s are refused", async (target, status, reason) => {
    const { head } = await tunnel(await proxy(), target);
    expect(head).toContain(`HTTP/1.1 ${status}\r\n`);
    expect(head).toContain(`X-Proxy-Error: ${reason}\r\n`);
  });
});

describe("its bounds", () => {
  test("connections beyond the limit are refused, and admitted when one has ended", async () => {
    const via = await proxy({ maxConnections: 1 });
    const holder = connect(via, "127.0.0.1");
    await once(holder, "connect");
    await expect.poll(async () => (await ask(via, "http://other.test/")).reason).toBe("too-many-connections");
    holder.destroy();
    await expect.poll(async () => (await ask(via, "http://other.test/")).reason).toBe("blocked-by-allowlist");
  });

  test("closing ends what runs, by its method and by its signal", async () => {
    for (const how of ["close", "signal"] as const) {
      const port = await listening(createNetServer((socket) => socket.resume()));
      const controller = new AbortController();
      const egress = startEgress({ allowedHosts: ["allowed.test"], ...LOOPBACK, signal: controller.signal });
      const via = await listening(createNetServer((socket) => egress.accept(socket)));
      const { socket } = await tunnel(via, `allowed.test:${port}`);
      if (how === "close") await egress.close();
      else controller.abort();
      expect(await text(socket).catch(() => "")).toBe("");
    }
  });
});

test("programs are told of it only where something is allowed", () => {
  const signal = new AbortController().signal;
  expect(startEgress({ allowedHosts: [], signal }).env).toEqual({});
  expect(startEgress({ allowedHosts: ["*"], signal }).env).toMatchObject({
    https_proxy: "http://127.0.0.1:3128",
    NO_PROXY: "127.0.0.1,localhost,::1",
  });
});
