import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { drainText } from "./__fixtures__/drain.ts";
import { lineServer } from "./__fixtures__/line-server.ts";
import { parseControlUrl } from "./control-url.ts";
import { dialControl, dialTcp } from "./dial.ts";

test("a tcp address is reached, and the peer's half-close leaves our direction open", async () => {
  await using server = await lineServer();
  const socket = await dialControl(parseControlUrl(`tcp://127.0.0.1:${server.port}`));
  const peer = await server.accept();
  peer.socket.end("bye");
  expect(await drainText(socket)).toBe("bye");
  socket.end("late\n");
  expect(await peer.nextLine()).toBe("late");
});

test("a unix socket is reached", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "hud-dial-"));
  const file = path.join(directory, "env.sock");
  const server = createServer((socket) => socket.end("hello")).listen(file);
  await once(server, "listening");
  try {
    expect(await drainText(await dialControl(parseControlUrl(`unix://${file}`)))).toBe("hello");
  } finally {
    server.close();
    await rm(directory, { recursive: true });
  }
});

test("a refused connection rejects with the system's code", async () => {
  const server = await lineServer();
  await server[Symbol.asyncDispose]();
  await expect(dialTcp("127.0.0.1", server.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a signal ends a dial with its reason, before it and during it", async () => {
  const reason = new Error("enough");
  await expect(dialTcp("127.0.0.1", 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  await using server = await lineServer();
  const controller = new AbortController();
  const dialling = dialTcp("127.0.0.1", server.port, { signal: controller.signal });
  controller.abort(reason);
  await expect(dialling).rejects.toBe(reason);
});
