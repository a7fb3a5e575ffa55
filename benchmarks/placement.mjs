import { fileURLToPath } from "node:url";
import { connectClient } from "@hud-ts/core/client";
import { childProcess } from "@hud-ts/runtimes/child-process";
import { median, row, timeProcess } from "./measure.mjs";

const source = fileURLToPath(new URL("../examples/letter-count/env.ts", import.meta.url));
const task = { env: "letter-count", id: "count-letter", args: { word: "banana", letter: "a" }, slug: "banana" };
const { signal } = new AbortController();

/** Lease to prompt in a fresh child process, cold and from a spare, beside a bare Node. */
export async function placement() {
  const baseline = median(Array.from({ length: 10 }, () => timeProcess(["-e", "0"])));
  const rows = [];
  for (const spare of [0, 2]) {
    const runtime = childProcess({ source, spare });
    const held = await runtime.prepare?.([task], { signal });
    const samples = [];
    for (let i = 0; i < 10; i++) {
      const began = performance.now();
      const lease = await runtime.acquire(task, { signal });
      const client = await connectClient({ connect: (o) => lease.connect(o), token: lease.token, signal });
      await client.start(task.id, task.args, { signal });
      samples.push(performance.now() - began);
      await client.close();
      await lease[Symbol.asyncDispose]();
    }
    await held?.[Symbol.asyncDispose]();
    rows.push(
      row(`child process, lease to prompt, ${spare === 0 ? "cold" : "spare"}`, "ms", {
        value: median(samples),
        baseline,
      }),
    );
  }
  return rows;
}
