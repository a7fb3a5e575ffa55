// The first five minutes, without an API key: one environment, three agents, graded and journaled rollouts.
import { spawn, spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { startChatServer } from "@hud-ts/provider-servers";

const hudBin = join("node_modules", ".bin", "hud");
const tasks = join("examples", "letter-count", "tasks.ts");
const coding = join("examples", "coding", "tasks.ts");

// A stand-in for a model: reads the prompt and counts. Asked for one letter it sees doubled letters as one every other
// time, the way real models have done, so that the runs of a group differ.
const asked = new Map();
function reply({ messages }) {
  const prompt = textOf(messages.findLast((message) => message.role === "user"));
  const times = (asked.get(prompt) ?? 0) + 1;
  asked.set(prompt, times);
  const [, letter, word] = /letter "(.)" occur in "(\w+)"/.exec(prompt) ?? [];
  if (word !== undefined) return String(count(times % 2 === 1 ? word.replaceAll(/(.)\1/g, "$1") : word, letter));
  const [, table] = /occurs in "(\w+)"/.exec(prompt) ?? [];
  return JSON.stringify(Object.fromEntries([...new Set(table)].map((it) => [it, count(table, it)])));
}

const count = (word, letter) => [...word.toLowerCase()].filter((it) => it === letter.toLowerCase()).length;
const textOf = ({ content }) =>
  typeof content === "string" ? content : content.map((block) => block.text ?? "").join("");

function hud(title, ...args) {
  console.log(`\n── ${title}\n$ npx hud ${args.join(" ")}`);
  return new Promise((resolve) => {
    const child = spawn(hudBin, args, {
      stdio: "inherit",
      env: { ...process.env, OPENAI_API_KEY: "" },
    });
    child.once("exit", (code) => {
      if (args[0] === "eval") showTraces();
      resolve(code ?? 1);
    });
  });
}

/** The newest job, with its runs. */
function newestJob() {
  const json = (...args) => JSON.parse(spawnSync(hudBin, [...args, "--json"], { encoding: "utf8" }).stdout);
  return json("jobs", json("jobs")[0].job_id);
}

/** The first rollout of the newest job. */
const lastTrace = () => newestJob().runs[0].trace_id;

/** Where the newest job's traces are. */
function showTraces() {
  const { job_dir, runs } = newestJob();
  console.log("traces");
  for (const { slug, repeat, trace_id } of runs) {
    console.log(`  ${slug} #${repeat + 1}  ${relative(process.cwd(), join(job_dir, "traces", `${trace_id}.jsonl`))}`);
  }
}

const server = await startChatServer({ reply });
const codes = [
  await hud("The reference solutions: every task can be solved", "eval", tasks, "oracle", "--group", "3", "--yes"),
  await hud("No answer at all: nothing is rewarded for nothing", "eval", tasks, "nop", "--yes"),
  await hud(
    "A model behind any OpenAI-compatible server (here a scripted one)",
    "eval",
    tasks,
    "openai-compatible",
    "--base-url",
    server.baseUrl,
    "--model",
    "scripted",
    "--group",
    "2",
    "--yes",
  ),
  await hud("One rollout of it, step by step", "trace", lastTrace()),
  await hud(
    "A shell in a sandbox: five bugs in a small project, an agent that does nothing",
    "eval",
    coding,
    "nop",
    "--yes",
  ),
  await hud("The same, by the reference solutions: hidden tests decide", "eval", coding, "oracle", "--yes"),
  await hud("One of them", "trace", lastTrace()),
  await hud("What is on disk", "jobs"),
];
await server.close();
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
