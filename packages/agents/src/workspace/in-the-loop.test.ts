import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import { agentRunDouble } from "@hud-ts/core/testing";
import { type ChatReply, type ChatRequest, startChatServer } from "@hud-ts/provider-servers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LoopOptions } from "../loop/loop-options.ts";
import { openaiCompatible } from "../openai-compatible/openai-compatible.ts";
import { LocalShell } from "./__fixtures__/local-shell.ts";

let directory: string;
let shell: LocalShell;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hud-loop-"));
  shell = new LocalShell(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const capability = (name: string) => ({ name, protocol: "ssh/2", url: "ssh://127.0.0.1:1", params: {} });

/** A run in which a model says the replies, the last for ever; and the requests that it got. */
async function runWith(replies: readonly ChatReply[], options: LoopOptions = {}) {
  let next = 0;
  await using server = await startChatServer({ reply: () => replies[Math.min(next++, replies.length - 1)] ?? "" });
  const run = agentRunDouble({ capabilities: [capability("one"), capability("two")], clients: { ssh: shell } });
  const open = vi.spyOn(run, "open");
  const failure = await openaiCompatible({ model: "tiny", baseUrl: server.baseUrl, ...options })
    .run(run)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  const opened = open.mock.calls.map(([, ref]) => ref);
  return { run, opened, failure, requests: server.requests.map(({ body }) => body as ChatRequest) };
}

const call = (name: string, args: Record<string, string>) => ({ name, arguments: args });

test("a model in an environment with shells works in the first, its calls one after another", async () => {
  const { run, opened, requests } = await runWith([
    {
      toolCalls: [
        call("bash", { command: "sleep 0.2; echo one > a.txt" }),
        call("edit", { filePath: "a.txt", oldString: "one", newString: "two" }),
        call("read", { filePath: "a.txt" }),
      ],
    },
    "It says two.",
  ]);
  expect(opened).toEqual(["one"]);
  expect(requests[0]?.tools?.map((tool) => tool.function.name)).toEqual([
    "bash",
    "read",
    "glob",
    "grep",
    "edit",
    "write",
  ]);
  expect(run.trace.steps.filter(({ source }) => source === "tool")).toMatchObject([
    { call: { name: "bash" }, result: { isError: false } },
    { call: { name: "edit" }, result: { content: [{ text: "replaced 1 occurrence in a.txt" }] } },
    { call: { name: "read" }, result: { content: [{ text: "two\n\n(End of file - total 1 lines)" }] } },
  ]);
  expect(run.trace.content).toBe("It says two.");
});

test("three lost connections in a row end the run as the infrastructure's", async () => {
  const lost = () => new SdkError({ code: "CAPABILITY_LOST", message: "the connection broke" });
  shell.lose(lost(), lost(), lost());
  const { run, failure, requests } = await runWith([{ toolCalls: [call("bash", { command: "true" })] }]);
  expect(failure).toMatchObject({ code: "CAPABILITY_LOST", blame: "infra" });
  expect(requests).toHaveLength(3);
  expect(run.trace.steps.filter(({ source }) => source === "tool")).toHaveLength(2);
});

test("a model is given no shell where the providers are named without it", async () => {
  const { opened, requests } = await runWith(["Hello."], { toolProviders: [] });
  expect(opened).toEqual([]);
  expect(requests[0]?.tools).toBeUndefined();
});
