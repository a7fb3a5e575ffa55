import { buffer } from "node:stream/consumers";
import { SdkError } from "@hud-ts/core/adapter";
import { expect, test } from "vitest";
import { appears, shellOf } from "../workspace/client/__fixtures__/open-shell.ts";
import { idleHost } from "./__fixtures__/idle-host.ts";
import { serve } from "./__fixtures__/served.ts";
import { createSshKeys } from "./ssh-keys.ts";
import { startSshServer } from "./start-ssh-server.ts";

/** A little less than ssh2's client takes unread, 2 MiB buffered and half a window, before the server has to wait. */
const HELD_BACK = 2.9 * (1 << 20);
const IGNORES_TERM = `trap '' TERM; touch ready; while :; do sleep 0.05; done`;

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
