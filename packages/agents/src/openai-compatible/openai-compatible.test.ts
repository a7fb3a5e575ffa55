import { SdkError } from "@hud-ts/core/adapter";
import type { AgentRun, AgentStep, ModelRequest, ModelTurn, ModelV1 } from "@hud-ts/core/spec";
import { agentRunDouble } from "@hud-ts/core/testing";
import {
  type ChatMessage,
  type ChatReply,
  type ChatRequest,
  type ChatServer,
  startChatServer,
} from "@hud-ts/provider-servers";
import { describe, expect, it } from "vitest";
import type { AgentTool } from "../loop/agent-tool.ts";
import type { LoopOptions } from "../loop/loop-options.ts";
import { type EndpointOptions, openaiCompatible } from "./openai-compatible.ts";

const KEY = "sk-planted-0123456789abcdef";
const PNG = "iVBORw0KGgo=";
const look: AgentTool = {
  name: "look.at",
  description: "Looks.",
  parameters: { type: "object", properties: { at: { type: "string" } } },
  run: async ({ at }) => ({
    content: [
      { type: "text", text: `saw ${JSON.stringify(at)}` },
      { type: "image", data: PNG, mimeType: "image/png" },
    ],
    isError: false,
  }),
};

// What `look.at` is called where no dots are allowed: its end is of the SHA-256 of the name.
const TOOL_NAME = "look_at_e07fcd46";

/** A server that gives the replies one after another, the last for ever, and an agent on it. */
async function scripted(replies: readonly ChatReply[], options: LoopOptions & Partial<EndpointOptions> = {}) {
  let next = 0;
  const server = await startChatServer({ reply: () => replies[Math.min(next++, replies.length - 1)] ?? "" });
  return { server, agent: agentOn(server, options) };
}

function agentOn(server: ChatServer, options: LoopOptions & Partial<EndpointOptions> = {}) {
  return openaiCompatible({ model: "tiny", baseUrl: server.baseUrl, ...options });
}

const bodyOf = (server: ChatServer, at: number) => server.requests[at]?.body as ChatRequest;
const agentSteps = (run: AgentRun) => run.trace.steps.filter((step): step is AgentStep => step.source === "agent");

describe("a run without tools", () => {
  it("answers what the model says, and records turn and usage", async () => {
    const { server, agent } = await scripted([
      { content: "There are 3.", reasoning: "r, r, r", usage: { promptTokens: 8 } },
    ]);
    await using _server = server;
    const run = agentRunDouble({ prompt: "How many r in strawberry?" });
    await agent.run(run);
    expect(run.given).toBe("There are 3.");
    expect(run.trace.stopReason).toBe("done");
    expect(run.trace.steps).toMatchObject([
      {
        source: "agent",
        content: "There are 3.",
        reasoning: "r, r, r",
        done: true,
        finishReason: "stop",
        model: "tiny",
        usage: { promptTokens: 8 },
        raw: { object: "chat.completion" },
      },
    ]);
    expect(bodyOf(server, 0)).toEqual({
      model: "tiny",
      stream: false,
      messages: [{ role: "user", content: "How many r in strawberry?" }],
    });
  });

  it("gives a typed answer as the JSON text that the model wrote", async () => {
    const { server, agent } = await scripted(['{"count": 3}']);
    await using _server = server;
    const run = agentRunDouble();
    await agent.run(run);
    expect(run.given).toBe('{"count": 3}');
  });

  it("keeps roles, turns of many blocks, and images of the prompt", async () => {
    const { server, agent } = await scripted(["ok"], { systemPrompt: "Be brief." });
    await using _server = server;
    const image = { type: "image" as const, data: PNG, mimeType: "image/png" };
    const text = { type: "text" as const, text: "What is this?" };
    await agent.run(
      agentRunDouble({
        prompt: [
          { role: "system", content: "You see." },
          { role: "user", content: [text, image] },
          { role: "assistant", content: "A dot." },
          "Sure?",
        ],
      }),
    );
    expect(bodyOf(server, 0).messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "system", content: "You see." },
      {
        role: "user",
        content: [text, { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } }],
      },
      { role: "assistant", content: "A dot." },
      { role: "user", content: "Sure?" },
    ]);
  });

  it.each([null, [], ""] as const)("asks also with the empty prompt %j", async (prompt) => {
    const { server, agent } = await scripted(["hello"]);
    await using _server = server;
    const run = agentRunDouble({ prompt });
    await agent.run(run);
    expect(run.given).toBe("hello");
  });

  it.each([
    [{ content: "cut", finishReason: "length" }, "length", "cut"],
    [{ refusal: "I will not." }, "done", null],
    [{ content: null }, "done", null],
  ])("ends with %j in order", async (reply, stopReason, answer) => {
    const { server, agent } = await scripted([reply]);
    await using _server = server;
    const run = agentRunDouble();
    await agent.run(run);
    expect(run.trace.stopReason).toBe(stopReason);
    expect(run.given).toBe(answer);
  });

  it("sends sampling and limits with every request", async () => {
    const { server, agent } = await scripted(["ok"], {
      temperature: 0,
      topP: 0.5,
      seed: 7,
      maxOutputTokens: 99,
      extra: { reasoning_effort: "low" },
    });
    await using _server = server;
    await agent.run(agentRunDouble());
    expect(bodyOf(server, 0)).toMatchObject({
      temperature: 0,
      top_p: 0.5,
      seed: 7,
      max_tokens: 99,
      reasoning_effort: "low",
    });
  });
});

describe("a run with tools", () => {
  it("carries out calls, shows results and images, and replays the turn", async () => {
    const { server, agent } = await scripted(
      [
        {
          content: "Let me look.",
          toolCalls: [
            { id: "a", name: TOOL_NAME, arguments: { at: "x" } },
            { id: "b", name: TOOL_NAME, arguments: '{"at": ' },
            { id: "c", name: "nosuch", arguments: {} },
          ],
        },
        "Done.",
      ],
      { tools: [look] },
    );
    await using _server = server;
    const run = agentRunDouble();
    await agent.run(run);
    expect(run.given).toBe("Done.");
    expect(server.requests.map(({ status }) => status)).toEqual([200, 200]);
    expect(bodyOf(server, 0).tools?.map((tool) => tool.function.name)).toEqual([TOOL_NAME]);
    expect(bodyOf(server, 1).messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "tool",
      "tool",
      "user",
    ]);
    expect(run.trace.steps.map(({ source }) => source)).toEqual(["agent", "tool", "tool", "tool", "agent"]);
    const results = Object.fromEntries(
      run.trace.steps.flatMap((step) => (step.source === "tool" ? [[step.call.id, step.result.isError]] : [])),
    );
    expect(results).toEqual({ a: false, b: true, c: true });
  });

  it("stops at maxSteps, graded on what was said last", async () => {
    const { server, agent } = await scripted(
      [{ content: "Looking.", toolCalls: [{ name: TOOL_NAME, arguments: {} }] }],
      {
        tools: [look],
        maxSteps: 3,
      },
    );
    await using _server = server;
    const run = agentRunDouble();
    await agent.run(run);
    expect(run.trace.stopReason).toBe("max_steps");
    expect(run.given).toBe("Looking.");
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ["length", { content: "x", finishReason: "length", toolCalls: [{ name: "a", arguments: {} }] }],
    ["malformed_tool_call", { toolCalls: [{ name: "a", arguments: "{" }] }],
  ] as const)("stops before a call when told to on %s", async (condition, reply) => {
    const { server, agent } = await scripted([reply], { tools: [look], stopOn: [condition] });
    await using _server = server;
    const run = agentRunDouble();
    await agent.run(run);
    expect(run.trace.stopReason).toBe(condition);
    expect(run.trace.steps).toMatchObject([{ source: "agent", stopReason: condition }]);
  });
});

describe("any model behind the contract", () => {
  it("is driven alike, and may keep what it was asked", async () => {
    const asked: ModelRequest[] = [];
    const model: ModelV1 = {
      specVersion: "model/1",
      id: "double",
      generate: async (request) => {
        asked.push(request);
        const calls = asked.length === 1 ? [{ id: "a", name: TOOL_NAME, arguments: { at: "x" } }] : [];
        return modelTurn(calls);
      },
    };
    const run = agentRunDouble();
    await openaiCompatible({ model, tools: [look] }).run(run);
    expect(asked.map(({ messages }) => messages.map(({ role }) => role))).toEqual([
      ["user"],
      ["user", "assistant", "tool"],
    ]);
    expect(agentSteps(run)).toMatchObject([{ model: "double" }, { model: "double" }]);
  });

  const modelTurn = (toolCalls: ModelTurn["toolCalls"]): ModelTurn => ({
    content: [{ type: "text", text: "ok" }],
    toolCalls,
    reasoning: null,
    finishReason: "stop",
    rawFinishReason: null,
    refusal: null,
    usage: { promptTokens: null, completionTokens: null, cachedTokens: null, costUsd: null },
    raw: null,
  });
});

describe("auto-respond", () => {
  const isQuestion = (request: ChatRequest) => request.max_tokens === 256;

  it("lets a model go on that only asked for leave", async () => {
    const said = ["Shall I go on?", "It is done."];
    const verdicts = ["CONTINUE", "stop"];
    await using server = await startChatServer({
      reply: (request) => (isQuestion(request) ? verdicts : said).shift() ?? "",
    });
    const run = agentRunDouble();
    await agentOn(server, { autoRespond: true }).run(run);
    expect(run.given).toBe("It is done.");
    expect(run.trace.steps).toMatchObject([
      { source: "agent", content: "Shall I go on?" },
      { source: "user", messages: [{ role: "user", content: { type: "text", text: "CONTINUE" } }] },
      { source: "agent", content: "It is done." },
    ]);
    expect(run.trace.extra).toMatchObject({ autoRespond: [{ verdict: "continue" }, { verdict: "stop" }] });
    expect(bodyOf(server, 2).messages.at(-1)).toEqual({ role: "user", content: "CONTINUE" });
  });

  it("counts against maxSteps, and a run that ends on it was done", async () => {
    await using server = await startChatServer({ reply: (request) => (isQuestion(request) ? "CONTINUE" : "More?") });
    const run = agentRunDouble();
    await agentOn(server, { autoRespond: true, maxSteps: 2 }).run(run);
    expect(agentSteps(run)).toHaveLength(2);
    expect(run.trace.stopReason).toBe("done");
  });

  it("takes the model's word when the question cannot be asked", async () => {
    await using server = await startChatServer({
      reply: (request) => (isQuestion(request) ? { error: { status: 400 } } : "More?"),
    });
    const run = agentRunDouble();
    await agentOn(server, { autoRespond: true }).run(run);
    expect(agentSteps(run)).toHaveLength(1);
    expect(run.trace.stopReason).toBe("done");
  });
});

describe("failures of the provider", () => {
  it.each([
    [401, "MODEL_AUTH"],
    [400, "MODEL_REQUEST_INVALID"],
    [429, "MODEL_RATE_LIMITED"],
    [500, "MODEL_UNAVAILABLE"],
  ])("of status %i end the run as the infrastructure's %s", async (status, code) => {
    const { server, agent } = await scripted([{ error: { status, retryAfterMs: 1 } }], { maxRetries: 1 });
    await using _server = server;
    const run = agentRunDouble();
    const error: unknown = await agent.run(run).catch((reason: unknown) => reason);
    expect(SdkError.is(error) && error.blame).toBe("infra");
    expect(error).toMatchObject({ code });
    expect(run.given).toBeNull();
    expect(run.trace.steps).toEqual([]);
  });

  it("do not lose what was recorded before", async () => {
    const { server, agent } = await scripted(
      [{ toolCalls: [{ name: "nosuch", arguments: {} }] }, { error: { status: 400, message: "too long" } }],
      { tools: [look] },
    );
    await using _server = server;
    const run = agentRunDouble();
    await expect(agent.run(run)).rejects.toThrow("too long");
    expect(run.trace.steps.map(({ source }) => source)).toEqual(["agent", "tool"]);
  });
});

describe("a conversation that grew too long for the model", () => {
  const full = { error: { status: 400, message: "too many tokens", code: "context_length_exceeded" } };

  it("is an end of the model's own making, graded like any other", async () => {
    const { server, agent } = await scripted(
      [{ content: "Looking.", toolCalls: [{ name: TOOL_NAME, arguments: {} }] }, full],
      {
        tools: [look],
      },
    );
    await using _server = server;
    const run = agentRunDouble();
    await agent.run(run);
    expect(run.trace.stopReason).toBe("length");
    expect(run.given).toBe("Looking.");
    expect(run.trace.steps.at(-1)).toMatchObject({ source: "system", error: null });
  });

  it("is a failure when the prompt alone is too long", async () => {
    const { server, agent } = await scripted([full]);
    await using _server = server;
    const prompt = [{ role: "assistant", content: "earlier" }, "now"];
    await expect(agent.run(agentRunDouble({ prompt }))).rejects.toMatchObject({ code: "MODEL_REQUEST_INVALID" });
  });
});

describe("cancellation", () => {
  it("reaches a request, and a model that does not listen", async () => {
    const reason = new Error("time is up");
    const { server, agent } = await scripted([{ silent: true }]);
    await using _server = server;
    const deaf: ModelV1 = { specVersion: "model/1", id: "deaf", generate: () => new Promise(() => {}) };
    for (const each of [agent, openaiCompatible({ model: deaf })]) {
      const controller = new AbortController();
      const pending = each.run(agentRunDouble({ signal: controller.signal }));
      queueMicrotask(() => controller.abort(reason));
      await expect(pending).rejects.toBe(reason);
    }
  });
});

describe("one instance", () => {
  it("drives 200 runs at once, each with its own conversation", async () => {
    await using server = await startChatServer({
      reply: ({ messages }) => {
        const first = textOf(messages[0]);
        if (messages.length === 1) return { toolCalls: [{ name: "echo", arguments: { text: first } }] };
        return `${first}: ${textOf(messages.at(-1))}`;
      },
    });
    const echo = {
      ...look,
      name: "echo",
      run: async ({ text }: { text?: unknown }) => result(typeof text === "string" ? text : ""),
    };
    const agent = agentOn(server, { tools: [echo] });
    const runs = Array.from({ length: 200 }, (_, at) => agentRunDouble({ prompt: `task ${at}` }));
    await Promise.all(runs.map((run) => agent.run(run)));
    expect(runs.map((run) => run.given)).toEqual(runs.map((_, at) => `task ${at}: task ${at}`));
    expect(server.requests).toHaveLength(400);
  });

  const textOf = (message: ChatMessage | undefined) => (typeof message?.content === "string" ? message.content : "");
  const result = (text: string) => ({ content: [{ type: "text" as const, text }], isError: false });
});

describe("the key", () => {
  it("stands in no step, no error and no record of the agent", async () => {
    await using server = await startChatServer({
      apiKey: KEY,
      reply: ({ messages }) =>
        messages.length === 1
          ? { toolCalls: [{ name: "nosuch", arguments: {} }] }
          : { error: { status: 400, message: `not with ${KEY}` } },
    });
    const agent = agentOn(server, { apiKey: KEY, headers: { "x-gateway-key": KEY }, tools: [look] });
    const run = agentRunDouble();
    const error: unknown = await agent.run(run).catch((reason: unknown) => reason);
    if (!SdkError.is(error)) throw new Error("expected an SdkError");
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(error.message).toContain("not with [redacted]");
    const written = [
      agent.config,
      run.trace.steps,
      run.trace.extra,
      error.message,
      error.stack,
      error.details,
      error.hint,
    ];
    expect(JSON.stringify(written)).not.toContain(KEY);
  });

  it("of a base url's query is not kept either", () => {
    const agent = openaiCompatible({ model: "tiny", baseUrl: `http://127.0.0.1:1/v1?key=${KEY}` });
    expect(agent.config).toMatchObject({ baseUrl: "http://127.0.0.1:1/v1" });
    expect(JSON.stringify(agent.config)).not.toContain(KEY);
  });
});

describe("options", () => {
  it.each([
    [{ maxSteps: 0 }, "maxSteps"],
    [{ maxSteps: 1.5 }, "maxSteps"],
    [{ temperature: 3 }, "temperature"],
    [{ topP: -1 }, "topP"],
    [{ maxOutputTokens: 0 }, "maxOutputTokens"],
    [{ toolTimeoutMs: 0 }, "toolTimeoutMs"],
    [{ tools: [look, look] }, "different names"],
    [{ baseUrl: undefined }, "baseUrl"],
    [{ baseUrl: "127.0.0.1:8000" }, "baseUrl"],
    [{ extra: { messages: [] } }, "messages"],
  ])("that cannot be used are refused: %j", (change, named) => {
    const options = { model: "tiny", baseUrl: "http://127.0.0.1:1/v1", ...change } as EndpointOptions;
    expect(() => openaiCompatible(options)).toThrow(named);
  });
});
