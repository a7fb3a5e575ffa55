import { readFile } from "node:fs/promises";
import { workspace } from "@hud-ts/capabilities/workspace";
import { ssh } from "@hud-ts/capabilities/workspace/client";
import { Environment } from "@hud-ts/core";
import { bash, combine, combineAll } from "@hud-ts/graders";
import { z } from "zod";

export const env = new Environment({ name: "coding" });

/** A small bookkeeping library; its own tests pass with every bug in place. */
const shell = env.attach(workspace(new URL("./workspace/", import.meta.url)));

const BUGS = [
  { file: "src/money.js", report: "Amounts between -1.00 and 0.00 lose their sign when they are formatted." },
  {
    file: "src/csv.js",
    report: "Some CSV exports come out wrong: quotes inside quoted fields, and rows that end in an empty field.",
  },
  {
    file: "src/ledger.js",
    report: "After a transaction was refused, balances do not add up any more. Posted transactions change later, too.",
  },
  {
    file: "src/report.js",
    report: "Monthly reports differ between machines, and the list of months goes wrong around the new year.",
  },
  {
    file: "src/memo.js",
    report: "The cache loads too often under load, serves errors for ever, and forgets what is used most.",
  },
] as const;

export const fixBug = env.template({
  id: "fix-bug",
  description: "Find and fix one bug in a small JavaScript project.",
  args: z.object({ difficulty: z.number().int().min(1).max(BUGS.length) }),
  solution: async ({ difficulty }, run) => {
    const { file } = bug(difficulty);
    const client = await run.open(ssh);
    await client.writeFile(file, await readFile(new URL(`./workspace/${file}`, import.meta.url)));
    return "done";
  },
})(async function* ({ difficulty }) {
  await shell.seed(new URL(`./bugs/${difficulty}/`, import.meta.url)); // copied over the project; the agent never sees the others
  yield [
    "Your workspace holds a small JavaScript project; its README says what each file is for.",
    `A user reports: ${bug(difficulty).report}`,
    "Find the cause and fix it. Hidden tests decide; the public interface must stay as it is.",
  ].join("\n\n");
  const hidden = bash({
    name: "hidden tests",
    // Run as a plain file: the exit code is the tests' own, and the guard keeps the tested code from choosing it.
    command: "node --import /grading/guard.mjs /grading/check.test.mjs",
    in: shell,
    files: {
      "/grading/check.test.mjs": new URL(`./hidden/${difficulty}/check.test.mjs`, import.meta.url),
      "/grading/guard.mjs": new URL("./hidden/guard.mjs", import.meta.url),
    },
    restore: ["package.json"],
    timeoutMs: 30_000,
  });
  const own = bash({
    name: "the project's own tests",
    command: "node --test test/",
    in: shell,
    restore: ["package.json", "test"],
    timeoutMs: 30_000,
  });
  yield await combine(combineAll("fixed", [hidden, own])); // both, or nothing: an untouched project passes its own tests
});

function bug(difficulty: number): (typeof BUGS)[number] {
  const found = BUGS[difficulty - 1];
  if (found === undefined) throw new RangeError(`no bug of difficulty ${difficulty}`);
  return found;
}
