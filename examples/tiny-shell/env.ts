import { workspace } from "@hud-ts/capabilities/workspace";
import { ssh } from "@hud-ts/capabilities/workspace/client";
import { Environment } from "@hud-ts/core";
import { bash, combine, exactMatch, score } from "@hud-ts/graders";
import { z } from "zod";

export const env = new Environment({ name: "tiny-shell" });

const shell = env.attach(workspace(new URL("./workspace/", import.meta.url)));

/** A pseudo-random sequence that depends on the seed alone: the same task is the same everywhere. */
function sequence(seed: number): (limit: number) => number {
  let state = seed + 1;
  return (limit) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
}

/** A web server's log with exactly one failure of the checkout in it. */
function accessLog(seed: number): { lines: string[]; culprit: string } {
  const next = sequence(seed);
  const id = () =>
    next(2 ** 30)
      .toString(16)
      .padStart(8, "0");
  const paths = ["/", "/cart", "/search", "/checkout", "/login"];
  const lines = Array.from({ length: 5000 }, (_, i) => {
    const time = new Date(Date.UTC(2026, 0, 1) + i * 17_000).toISOString();
    const path = paths[next(paths.length)] ?? "/";
    const status = path !== "/checkout" && next(40) === 0 ? 500 : 200;
    return `${time} id=${id()} GET ${path} ${status} ${next(900)}ms`;
  });
  const culprit = id();
  lines.splice(
    1000 + next(3000),
    0,
    `2026-01-01T12:34:56.000Z id=${culprit} POST /checkout 503 ${30_000 + next(5000)}ms`,
  );
  return { lines, culprit };
}

export const findFailure = env.template({
  id: "find-failure",
  description: "Find one request in a log of five thousand.",
  args: z.object({ seed: z.number().int().min(0) }),
  solution: async (_args, run) => {
    const client = await run.open(ssh);
    const { stdout } = await client.exec(`grep -h '/checkout 5' logs/* | sed 's/.*id=\\([^ ]*\\).*/\\1/'`);
    return stdout.trim();
  },
})(async function* ({ seed }) {
  const { lines, culprit } = accessLog(seed);
  const half = lines.length / 2;
  await shell.exec("mkdir -p logs");
  await shell.writeFile("logs/access.1.log", `${lines.slice(0, half).join("\n")}\n`);
  await shell.writeFile("logs/access.2.log", `${lines.slice(half).join("\n")}\n`);
  const answer =
    yield "Somewhere in logs/ one request to /checkout failed with a server error. Answer with its id alone.";
  yield exactMatch(answer, culprit);
});

export const sortInbox = env.template({
  id: "sort-inbox",
  description: "Move files into folders by the date in their names.",
  args: z.object({ seed: z.number().int().min(0), files: z.number().int().min(1).max(200).default(40) }),
  solution: async (_args, run) => {
    const client = await run.open(ssh);
    await client.exec(
      'cd inbox && for f in *.txt; do d=$(echo "$f" | sed "s/.*_\\([0-9]*\\)-\\([0-9]*\\)-.*/\\1\\/\\2/"); mkdir -p "../sorted/$d" && mv -- "$f" "../sorted/$d/"; done',
    );
    return "done";
  },
})(async function* ({ seed, files }) {
  const next = sequence(seed);
  const names = Array.from({ length: files }, (_, i) => {
    const date = new Date(Date.UTC(2023 + next(4), next(12), 1 + next(28))).toISOString().slice(0, 10);
    return { name: `note ${i}_${date}.txt`, folder: `sorted/${date.slice(0, 4)}/${date.slice(5, 7)}` };
  });
  await shell.exec("mkdir -p inbox");
  for (const { name } of names) await shell.writeFile(`inbox/${name}`, `${name}\n`);
  yield "Move every file of inbox/ into sorted/<year>/<month>/ by the date in its name (2024-05-09 goes to sorted/2024/05/). Keep names and contents.";
  const expected = names.map(({ name, folder }) => `${folder}/${name}`).sort();
  yield await combine(
    bash({
      name: "every file in its folder",
      in: shell,
      command: expected.map((path) => `[ "$(cat '${path}')" = '${path.split("/").at(-1)}' ]`).join(" && "),
      weight: 0.8,
    }),
    bash({
      name: "nothing left, nothing else",
      in: shell,
      command: `[ -z "$(ls -A inbox)" ] && [ "$(find sorted -type f | wc -l)" -eq ${files} ]`,
      weight: 0.2,
    }),
  );
});

export const leaveRunning = env.template({
  id: "leave-running",
  description: "Start a web server and leave it running.",
  args: z.object({ port: z.number().int().min(1024).max(65_535).default(8080) }),
  solution: async ({ port }, run) => {
    const client = await run.open(ssh);
    const program = `require("node:http").createServer((q, s) => s.end(require("node:fs").readFileSync("site/index.html"))).listen(${port}, "127.0.0.1")`;
    await client.exec(
      `nohup node -e '${program}' >/dev/null 2>&1 & for i in $(seq 100); do (echo > /dev/tcp/127.0.0.1/${port}) 2>/dev/null && break; sleep 0.05; done`,
    );
    return "running";
  },
})(async function* ({ port }) {
  const answer =
    yield `Serve the folder site/ over HTTP on 127.0.0.1:${port}, in the background, so that it goes on after you are done. Answer "running" when it does.`;
  const probe = `fetch("http://127.0.0.1:${port}/index.html", { signal: AbortSignal.timeout(5000) }).then(async (r) => process.exit(r.ok && (await r.text()).includes("It works.") ? 0 : 1), () => process.exit(1))`;
  yield await combine(
    // Graded where the service runs, before anything of the agent's is ended.
    bash({ name: "the site is served", in: shell.live, command: `node -e '${probe}'`, timeoutMs: 15_000, weight: 0.9 }),
    score("said so", exactMatch(answer, "running"), { weight: 0.1 }),
  );
});
