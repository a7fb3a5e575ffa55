import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { project } from "./hud.ts";

const run = promisify(execFile);
const hud = fileURLToPath(new URL("../bin/hud.js", import.meta.url));

// Prompts of 8 KB: each rollout writes that much to its trace, so that a small disk is full after some of them.
const source = `
import { Environment, Taskset } from "@hud-ts/core";
import { z } from "zod";
export const env = new Environment({ name: "wordy" });
const wordy = env.template({ id: "wordy", args: z.object({ n: z.number() }), solution: () => "yes" })(async function* () {
  yield (yield "x".repeat(8192)) === "yes" ? 1 : 0;
});
export const tasks = new Taskset("wordy", Array.from({ length: 24 }, (_, n) => wordy({ n })));
`;

// A file system of 1 MB in a mount namespace of its own, all but 100 KB taken; after the first run the room is given back.
const script = `
mount -t tmpfs -o size=1m none "$STATE" && head -c 900K /dev/zero > "$STATE/filler"
"$NODE" "$HUD" eval tasks.ts oracle --runtime local --max-concurrent 1 --dir "$STATE/.hud" --json --yes > full.json 2> full.txt
echo $? > full.code
rm "$STATE/filler"
"$NODE" "$HUD" eval --resume "$(ls "$STATE/.hud/jobs")" --dir "$STATE/.hud" --json --yes > resumed.json 2> resumed.txt
echo $? > resumed.code
cat "$STATE"/.hud/jobs/*/journal.jsonl > journal.jsonl
`;

test("a full disk is one clear error, and what was graded before it is kept", async () => {
  await using here = await project({ "tasks.ts": source });
  const cwd = here.path;
  const state = await mkdtemp(join(cwd, "state-"));
  const namespaces = process.getuid?.() === 0 ? ["-m"] : ["-Urm"];
  await run("unshare", [...namespaces, "bash", "-c", script], {
    cwd,
    env: { ...process.env, STATE: state, NODE: process.execPath, HUD: hud },
  });
  const read = async (name: string) => (await run("cat", [join(cwd, name)])).stdout;

  expect((await read("full.code")).trim()).toBe("1");
  expect(JSON.parse(await read("full.json"))).toMatchObject({
    message: expect.stringMatching(/no space|ENOSPC|disk/i),
  });
  const text = await read("full.txt");
  expect(text).not.toMatch(/^\s+at /m);
  expect(text.split("\n").length).toBeLessThan(30);

  expect((await read("resumed.code")).trim()).toBe("0");
  expect(JSON.parse(await read("resumed.json"))).toMatchObject({
    coverage: { graded: 24, total: 24 },
    mean_reward: 1,
  });
  const lines = (await read("journal.jsonl"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; slug: string });
  const graded = lines.filter((line) => line.type === "graded").map((line) => line.slug);
  expect(graded).toHaveLength(24);
  expect(new Set(graded).size).toBe(24);
}, 60_000);
