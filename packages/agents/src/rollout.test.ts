import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentV1, Environment, inProcess, runJob, type TaskRow } from "@hud-ts/core";
import { type ChatReply, startChatServer } from "@hud-ts/provider-servers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { nop, openaiCompatible, oracle, scripted } from "./index.ts";

const KEY = "sk-planted-0123456789abcdef";

const env = new Environment({ name: "counting" });
const letters = (word: string, letter: string) => word.split(letter).length - 1;
const args = z.object({ word: z.string(), letter: z.string().default("r") });

const count = env.template({
  id: "count",
  args,
  solution: ({ word, letter }) => String(letters(word, letter)),
})(async function* ({ word, letter }) {
  const answer = yield `How many ${letter} are in ${word}?`;
  yield answer.includes(String(letters(word, letter)));
});

const typed = env.template({
  id: "typed",
  args,
  returns: z.object({ count: z.number().int() }),
  solution: ({ word, letter }) => ({ count: letters(word, letter) }),
})(async function* ({ word, letter }) {
  const answer = yield `How many ${letter} are in ${word}? Reply {"count": n}.`;
  yield answer.ok && answer.content.count === letters(word, letter);
});

const tasks = [count({ word: "strawberry" }), typed({ word: "raspberry" })];
const solutionFor = (row: TaskRow) => env.templates.get(row.id)?.solution;

async function rewards(agent: AgentV1) {
  const { runs } = await runJob(tasks, agent, { runtime: inProcess(env), dir: null, retries: 0 });
  return runs.map((run) => (run.outcome === "graded" ? run.reward : run.error.code));
}

async function modelRewards(reply: (prompt: string) => ChatReply) {
  await using server = await startChatServer({ reply: ({ messages }) => reply(JSON.stringify(messages[0]?.content)) });
  return await rewards(openaiCompatible({ model: "tiny", baseUrl: server.baseUrl, maxRetries: 0 }));
}

describe("rewards", () => {
  it("are 1 for the solutions, which get their arguments with defaults, and 0 for no answer", async () => {
    expect(await rewards(oracle({ solutionFor }))).toEqual([1, 1]);
    expect(await rewards(nop())).toEqual([0, 0]);
  });

  it("are those of the prepared answers, typed ones included", async () => {
    const answers = Object.fromEntries(tasks.map((task) => [task.slug, task.id === "count" ? "2" : { count: 3 }]));
    expect(await rewards(scripted(answers))).toEqual([0, 1]);
  });

  it("are what the model's words are worth, typed answers being read from their JSON text", async () => {
    expect(await modelRewards((prompt) => (prompt.includes("Reply") ? '{"count": 3}' : "There are 3."))).toEqual([
      1, 1,
    ]);
    expect(await modelRewards((prompt) => (prompt.includes("Reply") ? "three" : "two"))).toEqual([0, 0]);
  });

  it("do not exist where the provider failed or there is no solution: neither is a zero", async () => {
    expect(await modelRewards(() => ({ error: { status: 500 } }))).toEqual(["MODEL_UNAVAILABLE", "MODEL_UNAVAILABLE"]);
    expect(await rewards(oracle({ solutionFor: () => undefined }))).toEqual([
      "SOLUTION_UNAVAILABLE",
      "SOLUTION_UNAVAILABLE",
    ]);
  });
});

describe("the journal of a job", () => {
  it("holds no key, neither of a run that was graded nor of one that failed with it", async () => {
    const dir = await mkdtemp(join(tmpdir(), "hud-agents-"));
    try {
      await using server = await startChatServer({
        apiKey: KEY,
        reply: ({ messages }) =>
          JSON.stringify(messages).includes("Reply") ? { error: { status: 400, message: `not with ${KEY}` } } : "3",
      });
      const agent = openaiCompatible({ model: "tiny", baseUrl: server.baseUrl, apiKey: KEY });
      const job = await runJob(tasks, agent, { runtime: inProcess(env), dir, retries: 0 });
      expect(job.runs.map(({ outcome }) => outcome)).toEqual(["graded", "infra-failed"]);
      const written = await everyFile(dir);
      expect(written).toContain("[redacted]");
      expect(written).not.toContain(KEY);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

async function everyFile(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")))).join("\n");
}
