import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dialUnix } from "../../wire/dial.ts";
import { RawPeer } from "./__fixtures__/raw-peer.ts";
import { servedFixture } from "./__fixtures__/served-fixture.ts";
import { listen } from "./listen.ts";
import { serve } from "./serve.ts";

test("starts, announces, serves behind a token of its own, stops in order", async () => {
  const lines: string[] = [];
  const env = servedFixture();
  const server = await serve(env, { announce: (line) => lines.push(line) });
  expect(server.url).toBe(`tcp://127.0.0.1:${server.port}`);
  expect(server.token).toMatch(/^[\w-]{43}$/);
  expect(lines).toEqual([`HUD_SERVE_PORT=${server.port}`]);
  using stranger = await RawPeer.onTcp(server.port);
  expect((await stranger.call("hello"))[0]).toBe(-32001);
  using peer = await RawPeer.onTcp(server.port);
  await peer.call("hello", { token: server.token });
  await peer.call("tasks.start", { id: "count", args: {} });
  const stopped = server.close();
  expect(await peer.frame()).toBeUndefined();
  await Promise.all([stopped, server.close()]);
  expect(env.log).toEqual(["start", expect.stringContaining("teardown"), "stop"]);
  await expect(RawPeer.onTcp(server.port)).rejects.toThrow("ECONNREFUSED");
});

test("waits for no idle connection when it closes", async () => {
  const server = await serve(servedFixture(), { token: null });
  const idle = await Promise.all(Array.from({ length: 20 }, () => RawPeer.onTcp(server.port)));
  await idle[0]?.call("hello");
  const before = performance.now();
  await server.close();
  expect(performance.now() - before).toBeLessThan(1_000);
  for (const peer of idle) expect(await peer.frame()).toBeUndefined();
});

test("without a token it serves whoever comes, and warns beyond loopback", async () => {
  const warnings: string[] = [];
  const onWarning = (text: string) => warnings.push(text);
  await using server = await serve(servedFixture(), { token: null, host: "0.0.0.0", onWarning });
  expect(server.url).toBe(`tcp://127.0.0.1:${server.port}`);
  using peer = await RawPeer.onTcp(server.port);
  expect(await peer.call("hello")).toMatchObject({ env: { name: "fixture" } });
  expect(warnings).toEqual([expect.stringMatching(/^serving without a token on 0\.0\.0\.0/)]);
});

test("a port in use is named with who holds it, and nothing stays started", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const env = servedFixture();
  const holder = process.platform === "linux" ? ` by pid ${process.pid}` : "";
  await expect(serve(env, { port })).rejects.toMatchObject({
    code: "PORT_IN_USE",
    message: expect.stringContaining(`port ${port} of 127.0.0.1 is in use${holder}`),
  });
  expect(env.log).toEqual(["start", "stop"]);
  other.close();
});

test("an environment that does not start is not served", async () => {
  const env = { ...servedFixture(), start: () => Promise.reject(new Error("no docker")) };
  await expect(serve(env)).rejects.toThrow("no docker");
});

test("a start that is given up stops what was started", async () => {
  const controller = new AbortController();
  const env = servedFixture();
  const start = async () => {
    controller.abort(new Error("enough"));
  };
  await expect(serve({ ...env, start }, { signal: controller.signal })).rejects.toThrow("enough");
  expect(env.log).toEqual(["stop"]);
});

test.each([
  [{ port: 70_000 }, "port is 70000, expected 0 to 65535"],
  [{ path: "relative.sock" }, "path is 'relative.sock', expected an absolute path"],
  [{ maxSessions: 0 }, "maxSessions is 0, expected a positive integer"],
  [{ host: "999.1.1.1" }, "cannot listen on port 0 of 999.1.1.1"],
])("bad option %j", async (options, text) => {
  await expect(serve(servedFixture(), options)).rejects.toMatchObject({
    code: "INVALID_OPTION",
    message: expect.stringContaining(text),
  });
});

test("a Unix socket, for this user only, also over one that a killed server left", async () => {
  const directory = await mkdtemp(join(tmpdir(), "hud-serve-"));
  const path = join(directory, "control.sock");
  await leaveStaleSocket(path);
  const server = await serve(servedFixture(), { path, token: null });
  expect(server).toMatchObject({ url: `unix://${path}`, port: 0 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await expect(serve(servedFixture(), { path })).rejects.toMatchObject({ code: "PORT_IN_USE" });
  using peer = new RawPeer(await dialUnix(path));
  expect(await peer.call("hello")).toMatchObject({ env: { name: "fixture" } });
  await server.close();
  expect(existsSync(path)).toBe(false);
  await rm(directory, { recursive: true });
});

test("a Unix socket is for this user only from its first moment", async () => {
  const directory = await mkdtemp(join(tmpdir(), "hud-serve-"));
  const path = join(directory, "control.sock");
  const before = process.umask(0);
  try {
    const listening = listen({ kind: "unix", path }, () => {});
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(0);
    await (await listening).close();
  } finally {
    process.umask(before);
  }
  await rm(directory, { recursive: true });
});

/** Leaves what a process that was killed leaves: the file of a socket on which nobody listens. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { spawn } = await import("node:child_process");
  const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await new Promise((resolve) => spawn(process.execPath, ["-e", code]).once("exit", resolve));
}
