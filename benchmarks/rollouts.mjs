import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { nop } from "@hud-ts/agents";
import { Environment, Taskset } from "@hud-ts/core";
import { row } from "./measure.mjs";

const COUNT = 4000;
const FRAMES_PER_ROLLOUT = 3; // hello, start, grade

/** No-op rollouts in process with the journal on, per second, and what they cost over a raw line echo of as many frames. */
export async function rollouts() {
  const env = new Environment({ name: "noop" });
  const task = env.template({ id: "noop" })(async function* () {
    yield "Do nothing.";
    yield 1;
  });
  const dir = await mkdtemp(join(tmpdir(), "hud-bench-"));
  try {
    const tasks = new Taskset("noop", [task()]);
    const runs = (group) => tasks.run(nop(), { group, maxConcurrent: 16, dir });
    await runs(500); // warm
    const perSecond = await rate(COUNT, () => runs(COUNT));
    const echo = await rate(COUNT, () => rawEcho(COUNT * FRAMES_PER_ROLLOUT));
    return [row("in-process rollouts, journaled", "1/s", { value: perSecond, baseline: echo })];
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function rate(count, work) {
  const began = performance.now();
  await work();
  return (count / (performance.now() - began)) * 1000;
}

async function rawEcho(frames) {
  const server = createServer((socket) => socket.setNoDelay(true).pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect(server.address().port, "127.0.0.1").setNoDelay(true);
  const lines = createInterface(socket);
  const frame = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tasks.start", params: { id: "noop", args: {} } })}\n`;
  for (let i = 0; i < frames; i++) {
    socket.write(frame);
    JSON.parse((await once(lines, "line"))[0]);
  }
  socket.destroy();
  server.close();
}
