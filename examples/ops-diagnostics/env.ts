import { workspace } from "@hud-ts/capabilities/workspace";
import { ssh } from "@hud-ts/capabilities/workspace/client";
import { Environment } from "@hud-ts/core";
import { bash, combine } from "@hud-ts/graders";
import { z } from "zod";

export const env = new Environment({ name: "ops-diagnostics" });

const shell = env.attach(workspace(new URL("./workspace/", import.meta.url)));

const INTRODUCTION =
  "You are on a small machine; README.md says what is where. The programs in services/ are right: leave them as they are.";

/** A command that succeeds when `url` answers 200 with `expected` in its body. */
function answers(url: string, expected: string): string {
  return `node -e 'fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(5000) }).then(async (r) => process.exit(r.ok && (await r.text()).includes(${JSON.stringify(expected)}) ? 0 : 1), () => process.exit(1))'`;
}

/** Items that a task's seed decides, so that a canned reply does not do. */
function itemsFor(seed: number): string {
  return JSON.stringify(Array.from({ length: 3 }, (_, i) => `item-${((seed + 1) * 7919 * (i + 1)) % 10_007}`));
}

const args = z.object({ seed: z.number().int().min(0).default(0) });

export const apiDown = env.template({
  id: "api-down",
  description: "The API does not come up: its configuration has two faults.",
  args,
  solution: async (_args, run) => {
    const client = await run.open(ssh);
    await client.writeFile("config/api.json", '{ "port": 8100, "dataDir": "var/data" }\n');
    await client.exec("node bin/ctl.js start api");
    return "mended";
  },
})(async function* ({ seed }) {
  const items = itemsFor(seed);
  await shell.exec("mkdir -p var/data");
  await shell.writeFile("var/data/items.json", items);
  await shell.writeFile("config/api.json", '{ "port": "8100", "dataDir": "var/dta" }\n');
  yield `${INTRODUCTION}\n\nThe service "api" should serve /health and /items on 127.0.0.1:8100. It does not. Mend it and leave it running.`;
  yield await combine(
    bash({
      name: "api serves its items",
      in: shell.live,
      command: answers("http://127.0.0.1:8100/items", items),
      timeoutMs: 15_000,
    }),
  );
});

export const stuckQueue = env.template({
  id: "stuck-queue",
  description: "A worker that died left its lock, and one poisoned job.",
  args,
  solution: async (_args, run) => {
    const client = await run.open(ssh);
    await client.exec(
      "mkdir -p var/failed; mv var/queue/0003.json var/failed/; rm -f var/worker.lock; node services/worker.js",
    );
    return "mended";
  },
})(async function* ({ seed }) {
  await shell.exec("mkdir -p var/queue");
  const jobs = Array.from({ length: 6 }, (_, i) => ({ id: i + 1, numbers: [seed, i, i * i] }));
  for (const job of jobs) {
    const text = job.id === 3 ? '{ "id": 3, "numbers": [1, 2' : JSON.stringify(job);
    await shell.writeFile(`var/queue/000${job.id}.json`, text);
  }
  await shell.writeFile("var/worker.lock", "99999");
  yield `${INTRODUCTION}\n\nThe worker (node services/worker.js) should empty var/queue into var/done and end. It does not. Get every good job done; a job that cannot be read belongs in var/failed, unchanged.`;
  const done = jobs.filter(({ id }) => id !== 3);
  yield await combine(
    bash({
      name: "good jobs are done",
      in: shell,
      command: done
        .map(
          ({ id, numbers }) =>
            `[ "$(cat var/done/000${id}.json)" = '${JSON.stringify({ id, sum: numbers.reduce((a, b) => a + b, 0) })}' ]`,
        )
        .join(" && "),
      weight: 0.7,
    }),
    bash({
      name: "the queue is empty, the poisoned job kept, the lock gone",
      in: shell,
      command: `[ -z "$(ls -A var/queue)" ] && [ "$(cat var/failed/0003.json)" = '{ "id": 3, "numbers": [1, 2' ] && [ ! -e var/worker.lock ]`,
      weight: 0.3,
    }),
  );
});

export const wrongUpstream = env.template({
  id: "wrong-upstream",
  description: "The gateway answers 502.",
  args,
  solution: async (_args, run) => {
    const client = await run.open(ssh);
    await client.writeFile("config/gateway.env", "UPSTREAM=http://127.0.0.1:8100\nKEY=local\n");
    await client.exec("node bin/ctl.js stop gateway; node bin/ctl.js start api; node bin/ctl.js start gateway");
    return "mended";
  },
})(async function* ({ seed }) {
  const items = itemsFor(seed);
  await shell.exec("mkdir -p var/data");
  await shell.writeFile("var/data/items.json", items);
  await shell.writeFile("config/gateway.env", "UPSTREAM=http://127.0.0.1:8010 \nKEY=local\n");
  await shell.exec("node bin/ctl.js start api; node bin/ctl.js start gateway");
  yield `${INTRODUCTION}\n\nhttp://127.0.0.1:8000/items is the gateway to the api. It answers 502. Mend it; both services must be running when you are done.`;
  yield await combine(
    bash({
      name: "the gateway reaches the api",
      in: shell.live,
      command: answers("http://127.0.0.1:8000/items", items),
      timeoutMs: 15_000,
    }),
  );
});
