import { expect, test } from "vitest";
import { z } from "zod";
import type { AgentV1 } from "../spec/agent.ts";
import type { ContentBlock } from "../spec/content.ts";
import { Chat } from "./chat.ts";
import { Environment } from "./environment.ts";
import { Task } from "./task.ts";

const block = z.looseObject({ type: z.string() });
const message = z.object({ role: z.string(), content: z.union([block, z.array(block)]) });

function conversation() {
  const env = new Environment({ name: "e" });
  const seen: unknown[] = [];
  const log: string[] = [];
  env.initialize(() => void log.push("start"));
  env.shutdown(() => void log.push("stop"));
  const talk = env.template({
    id: "talk",
    args: z.object({ tone: z.string(), messages: z.array(message).default([]) }),
  })(async function* ({ messages }) {
    seen.push(messages);
    yield `${messages.length} so far`;
    yield 1;
  });
  return { seen, log, task: talk({ tone: "kind" }) };
}

const echo: AgentV1 = {
  specVersion: "agent/1",
  name: "echo",
  run: async (run) => {
    if (run.promptText.startsWith("3")) throw new Error("lost the thread");
    run.record({
      source: "agent",
      content: run.promptText,
      citations: [{ type: "url", text: "t", source: "s", title: null, startIndex: null, endIndex: null }],
    });
    run.answer(run.promptText);
  },
};

test("each message is a rollout of one job that finds the history in its arguments", async () => {
  const { seen, log, task } = conversation();
  const blocks: ContentBlock[] = [
    { type: "text", text: "see" },
    { type: "image", data: "AA==", mimeType: "image/png" },
  ];
  const chat = new Chat(task, echo);
  expect((await chat.send("hi")).content).toBe("1 so far");
  await expect(chat.send(blocks)).rejects.toThrow("lost the thread");
  expect((await chat.send([{ type: "text", text: "again" }])).content).toBe("4 so far");
  expect(chat.messages).toEqual([
    { role: "user", content: { type: "text", text: "hi" } },
    {
      role: "assistant",
      content: { type: "text", text: "1 so far" },
      citations: [expect.objectContaining({ source: "s" })],
    },
    { role: "user", content: blocks },
    { role: "user", content: { type: "text", text: "again" } },
    expect.objectContaining({ role: "assistant" }),
  ]);
  expect(seen[2]).toMatchObject(chat.messages.slice(0, 4).map(({ role, content }) => ({ role, content })));
  expect(chat.runs.map(({ jobId, outcome }) => [jobId === chat.jobId, outcome])).toEqual([
    [true, "graded"],
    [true, "agent-failed"],
    [true, "graded"],
  ]);
  expect(log).toEqual(["start"]);
  await chat.close();
  await chat.close();
  expect(log).toEqual(["start", "stop"]);
  await expect(chat.send("still there?")).rejects.toMatchObject({ code: "CLOSED" });
});

test("one message at a time", async () => {
  await using chat = new Chat(conversation().task, echo);
  const first = chat.send("one");
  await expect(chat.send("two")).rejects.toThrow("the chat's last message has no answer yet");
  expect((await first).content).toBe("1 so far");
});

test("needs a placement", () => {
  expect(() => new Chat(new Task({ env: "e", id: "talk" }), echo)).toThrow("no placement");
});
