import { createServer } from "node:net";
import { type ChatReply, type ChatServer, startChatServer } from "@hud-ts/provider-servers";
import { describe, expect, it } from "vitest";
import { SdkError } from "../../errors/sdk-error.ts";
import type { ModelMessage, ModelRequest } from "../../spec/model.ts";
import { chatCompletions } from "./chat-completions.ts";
import type { ChatCompletionsOptions } from "./chat-completions-options.ts";

const KEY = "sk-planted-0123456789abcdef";
const PNG = "iVBORw0KGgo=";
const text = (value: string) => ({ type: "text" as const, text: value });
const ask = (...messages: ModelMessage[]): ModelRequest => ({ messages });
const hello = ask({ role: "user", content: [text("hello")] });
const never = new AbortController().signal;

async function failure(promise: Promise<unknown>): Promise<SdkError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!SdkError.is(error)) throw new Error(`expected an SdkError, got ${String(error)}`);
  return error;
}

/** A server that gives the replies one after another, and a model on it. */
async function scripted(replies: readonly ChatReply[], options: Partial<ChatCompletionsOptions> = {}) {
  let next = 0;
  const server = await startChatServer({
    extraMembers: ["return_token_ids"],
    reply: () => replies[Math.min(next++, replies.length - 1)] ?? "",
  });
  const model = chatCompletions({ baseUrl: server.baseUrl, model: "tiny", ...options });
  return { server, model, generate: (request = hello, signal = never) => model.generate(request, { signal }) };
}

describe("a turn", () => {
  it("comes back with text, reasoning, usage and the provider's own response", async () => {
    const reply = {
      content: "hi",
      reasoning: "greet",
      usage: { promptTokens: 9, completionTokens: 2, cachedTokens: 4 },
    };
    const { server, generate } = await scripted([reply]);
    await using _server = server;
    const turn = await generate();
    expect(turn).toMatchObject({
      content: [text("hi")],
      toolCalls: [],
      reasoning: "greet",
      finishReason: "stop",
      rawFinishReason: "stop",
      refusal: null,
      usage: { promptTokens: 9, completionTokens: 2, cachedTokens: 4, costUsd: null },
      raw: { object: "chat.completion" },
    });
    expect(turn).not.toHaveProperty("sample");
  });

  it("keeps malformed tool arguments as text and reads the others", async () => {
    const calls = [
      { id: "a", name: "look", arguments: { at: 1 } },
      { id: "b", name: "look", arguments: '{"at": ' },
      { id: "c", name: "look", arguments: "" },
      { id: "d", name: "look", arguments: "[1]" },
    ];
    const { server, generate } = await scripted([{ toolCalls: calls }]);
    await using _server = server;
    const turn = await generate();
    expect(turn.finishReason).toBe("tool-calls");
    expect(turn.toolCalls.map((call) => call.arguments)).toEqual([{ at: 1 }, '{"at": ', {}, "[1]"]);
  });

  it.each([
    [{ content: "cut", finishReason: "length" }, "length", null],
    [{ refusal: "I will not." }, "refusal", "I will not."],
    [{ content: "", finishReason: "content_filter" }, "refusal", null],
    [{ content: "x", finishReason: "odd" }, "other", null],
    [{ toolCalls: [{ name: "look", arguments: {} }], finishReason: "stop" }, "tool-calls", null],
  ])("says why it ended: %j", async (reply, finishReason, refusal) => {
    const { server, generate } = await scripted([reply]);
    await using _server = server;
    expect(await generate()).toMatchObject({ finishReason, refusal });
  });

  it("carries token ids and log-probabilities when the server gives all of them", async () => {
    const reply = { content: "hi", logprobs: [-0.5, -0.25], tokenIds: { prompt: [1, 2, 3], output: [4, 5] } };
    const { server, model } = await scripted([reply], { extra: { logprobs: true, return_token_ids: true } });
    await using _server = server;
    const turn = await model.generate(hello, { signal: never });
    expect(turn.sample).toEqual({ promptTokenIds: [1, 2, 3], outputTokenIds: [4, 5], outputLogprobs: [-0.5, -0.25] });
  });

  it("carries no sample when log-probabilities and ids do not match", async () => {
    const reply = { content: "hi", logprobs: [-0.5], tokenIds: { prompt: [1], output: [4, 5] } };
    const { server, generate } = await scripted([reply], { extra: { logprobs: true, return_token_ids: true } });
    await using _server = server;
    expect(await generate()).not.toHaveProperty("sample");
  });
});

describe("a request", () => {
  it("carries sampling, limits, tools, a schema and extra members", async () => {
    const { server, generate } = await scripted(["ok"], { extra: { return_token_ids: true } });
    await using _server = server;
    await generate({
      ...hello,
      tools: [{ name: "look", description: "Look.", parameters: { type: "object", properties: {} } }],
      maxOutputTokens: 7,
      sampling: { temperature: 0.5, topP: 0.9, seed: 3, stop: ["END"] },
      responseSchema: { type: "object", properties: { count: { type: "integer" } } },
      extra: { top_logprobs: 1 },
    });
    expect(server.requests[0]?.body).toEqual({
      model: "tiny",
      messages: [{ role: "user", content: "hello" }],
      tools: [
        {
          type: "function",
          function: { name: "look", description: "Look.", parameters: { type: "object", properties: {} } },
        },
      ],
      stream: false,
      max_tokens: 7,
      temperature: 0.5,
      top_p: 0.9,
      seed: 3,
      stop: ["END"],
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "reply",
          strict: false,
          schema: { type: "object", properties: { count: { type: "integer" } } },
        },
      },
      return_token_ids: true,
      top_logprobs: 1,
    });
  });

  it("asks OpenAI itself for a limit by its newer name", async () => {
    const bodies: unknown[] = [];
    const model = chatCompletions({
      baseUrl: "https://api.openai.com/v1",
      model: "tiny",
      fetch: async (_url, init) => {
        bodies.push(JSON.parse(typeof init?.body === "string" ? init.body : ""));
        return Response.json({ choices: [{ message: { content: "ok" } }] });
      },
    });
    await model.generate({ ...hello, maxOutputTokens: 5 }, { signal: never });
    expect(bodies).toMatchObject([{ max_completion_tokens: 5 }]);
    expect(bodies[0]).not.toHaveProperty("max_tokens");
  });

  it("carries images of prompts, and those of tool results after the last result of the turn", async () => {
    const { server, generate } = await scripted(["ok"]);
    await using _server = server;
    const image = { type: "image" as const, data: PNG, mimeType: "image/png" };
    const call = (id: string) => ({ id, name: "look", arguments: {} });
    await generate(
      ask(
        { role: "system", content: [text("Be brief.")] },
        { role: "user", content: [text("What is this?"), image] },
        { role: "assistant", content: [], toolCalls: [call("a"), call("b")] },
        { role: "tool", callId: "a", name: "look", result: { content: [text("one"), image], isError: false } },
        { role: "tool", callId: "b", name: "look", result: { content: [text("no")], isError: true } },
        { role: "user", content: [text("go on")] },
      ),
    );
    const url = { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } };
    const wireCall = (id: string) => ({ id, type: "function", function: { name: "look", arguments: "{}" } });
    expect(server.requests[0]).toMatchObject({ status: 200 });
    expect(messagesOf(server, 0)).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: [text("What is this?"), url] },
      { role: "assistant", tool_calls: [wireCall("a"), wireCall("b")] },
      { role: "tool", tool_call_id: "a", content: "one" },
      { role: "tool", tool_call_id: "b", content: "Error: no" },
      { role: "user", content: [text("Returned by look (call a):"), url] },
      { role: "user", content: "go on" },
    ]);
  });

  it("replays a turn as its server wrote it, without nulls, its malformed arguments mended", async () => {
    const { server, generate } = await scripted([
      { content: null, reasoning: "hm", toolCalls: [{ id: "a", name: "look", arguments: '{"at": ' }] },
      "ok",
    ]);
    await using _server = server;
    const turn = await generate();
    await generate(
      ask(
        ...hello.messages,
        { role: "assistant", content: turn.content, toolCalls: turn.toolCalls, raw: turn.raw },
        { role: "tool", callId: "a", name: "look", result: { content: [text("malformed")], isError: true } },
      ),
    );
    expect(messagesOf(server, 1)[1]).toEqual({
      role: "assistant",
      reasoning_content: "hm",
      tool_calls: [{ id: "a", type: "function", function: { name: "look", arguments: "{}" } }],
    });
  });

  it("gives an empty turn of the model an empty content, which strict servers demand", async () => {
    const { server, generate } = await scripted([{ content: null }, "ok"]);
    await using _server = server;
    const { content, toolCalls, raw } = await generate();
    await generate(ask(...hello.messages, { role: "assistant", content, toolCalls, raw }));
    expect(messagesOf(server, 1)[1]).toEqual({ role: "assistant", content: "" });
  });

  it("refuses content that the protocol has no place for", async () => {
    const { server, generate } = await scripted(["ok"]);
    await using _server = server;
    const audio = { type: "audio" as const, data: "", mimeType: "audio/wav" };
    const error = await failure(generate(ask({ role: "user", content: [text("listen"), audio] })));
    expect(error.code).toBe("MODEL_REQUEST_INVALID");
    expect(error.message).toContain("audio");
    expect(server.requests).toHaveLength(0);
  });
});

describe("failures", () => {
  it("retries rate limits, server errors, broken and unreadable replies", async () => {
    const { server, generate } = await scripted([
      { raw: { body: "<html>", headers: { "content-type": "text/html" } } },
      { raw: { body: '{"choices": []}', cutAfterBytes: 4 } },
      { error: { status: 429, retryAfterMs: 1 } },
      { error: { status: 503, retryAfterMs: 1 } },
      "at last",
    ]);
    await using _server = server;
    expect((await generate()).content).toEqual([text("at last")]);
    expect(server.requests).toHaveLength(5);
  });

  it.each([
    [{ status: 401, message: "bad key" }, "MODEL_AUTH", 1],
    [{ status: 403, message: "not yours" }, "MODEL_AUTH", 1],
    [{ status: 400, message: "too many images" }, "MODEL_REQUEST_INVALID", 1],
    [{ status: 404, message: "no such model" }, "MODEL_REQUEST_INVALID", 1],
    [{ status: 429, message: "slow down", retryAfterMs: 1 }, "MODEL_RATE_LIMITED", 3],
    [{ status: 429, message: "no credit", code: "insufficient_quota" }, "MODEL_RATE_LIMITED", 1],
    [{ status: 429, message: "tomorrow", retryAfterS: 86_400 }, "MODEL_RATE_LIMITED", 1],
    [{ status: 500, message: "oops", retryAfterMs: 1 }, "MODEL_UNAVAILABLE", 3],
    [{ status: 409, message: "locked", retryAfterMs: 1 }, "MODEL_UNAVAILABLE", 3],
  ])("ends with %j as %s after %i requests", async (error, code, requests) => {
    const { server, generate } = await scripted([{ error }], { maxRetries: 2 });
    await using _server = server;
    const thrown = await failure(generate());
    expect(thrown.code).toBe(code);
    expect(thrown.blame).toBe("infra");
    expect(thrown.message).toContain(error.message);
    expect(thrown.message).toContain(server.baseUrl);
    expect(server.requests).toHaveLength(requests);
  });

  it.each([
    [{ code: "context_length_exceeded", message: "too long" }, "context-length"],
    [{ message: "This model's maximum context length is 4096 tokens." }, "context-length"],
    [{ message: "the request exceeds the available context size" }, "context-length"],
    [{ message: "bad image" }, undefined],
  ])("says whether the conversation was too long: %j", async (error, reason) => {
    const { server, generate } = await scripted([{ error: { status: 400, ...error } }]);
    await using _server = server;
    expect((await failure(generate())).details["reason"]).toBe(reason);
  });

  it("names the url of a server that is not there", async () => {
    const port = await unusedPort();
    const model = chatCompletions({ baseUrl: `http://127.0.0.1:${port}/v1`, model: "tiny", maxRetries: 0 });
    const error = await failure(model.generate(hello, { signal: never }));
    expect(error.code).toBe("MODEL_UNAVAILABLE");
    expect(error.message).toContain(`http://127.0.0.1:${port}/v1/chat/completions`);
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.hint).toContain("base url");
  });

  it("does not wait longer than the timeout, nor read more than the limit", async () => {
    const slow = await scripted([{ silent: true }], { timeoutMs: 30, maxRetries: 0 });
    await using _slow = slow.server;
    expect((await failure(slow.generate())).message).toContain("within 30 ms");
    const wild = await scripted(["x".repeat(5_000)], { maxResponseBytes: 1_000, maxRetries: 0 });
    await using _wild = wild.server;
    expect((await failure(wild.generate())).message).toContain("longer than 1000 bytes");
  });

  it("says what a gateway reports with status 200", async () => {
    const { server, generate } = await scripted([{ raw: { body: '{"error":{"message":"upstream is down"}}' } }], {
      maxRetries: 0,
    });
    await using _server = server;
    const error = await failure(generate());
    expect(error.code).toBe("MODEL_UNAVAILABLE");
    expect(error.message).toContain("upstream is down");
  });

  it("does not follow a redirect", async () => {
    const { server, generate } = await scripted([
      { raw: { status: 302, headers: { location: "http://elsewhere.invalid/v1" }, body: "" } },
    ]);
    await using _server = server;
    const error = await failure(generate());
    expect(error.code).toBe("MODEL_REQUEST_INVALID");
    expect(error.message).toContain("http://elsewhere.invalid/v1");
  });
});

describe("cancellation", () => {
  it("reaches the request at once", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { server, generate } = await scripted([{ silent: true }]);
    await using _server = server;
    const pending = generate(hello, controller.signal);
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect.poll(() => server.requests[0]?.abandoned).toBe(true);
  });

  it("ends the wait for the next try", async () => {
    const controller = new AbortController();
    const { server, generate } = await scripted([{ error: { status: 429, retryAfterS: 50 } }]);
    await using _server = server;
    const pending = generate(hello, controller.signal);
    await expect.poll(() => server.requests[0]?.status).toBe(429);
    controller.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
    expect(server.requests).toHaveLength(1);
  });
});

describe("the key", () => {
  it("is sent as a bearer token and never stands in an error", async () => {
    const replies = [
      { error: { status: 401, message: `Incorrect API key provided: ${KEY}` } },
      { raw: { status: 302, headers: { location: `http://elsewhere.invalid/?key=${KEY}` }, body: "" } },
      { raw: { body: `<html>${KEY}` } },
      { raw: { body: JSON.stringify({ error: `for ${KEY}` }) } },
    ];
    for (const reply of replies) {
      const { server, generate } = await scripted([reply], { apiKey: KEY, maxRetries: 0 });
      await using _server = server;
      const error = await failure(generate());
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
      expect(wholeText(error)).not.toContain(KEY);
      expect(wholeText(error)).toContain("[redacted]");
    }
  });

  it.each([
    [1_000, (text: string): ChatReply => ({ error: { status: 401, message: text } })],
    [500, (text: string): ChatReply => ({ raw: { body: text } })],
    [500, (text: string): ChatReply => ({ raw: { body: JSON.stringify({ error: text }) } })],
  ])("leaves no half of itself where a long text is cut, at about %i", async (limit, reply) => {
    const start = KEY.slice(0, 5);
    for (const before of [limit - 60, limit - 40, limit - 20, limit - 10]) {
      const { server, generate } = await scripted([reply("x".repeat(before) + KEY)], { apiKey: KEY, maxRetries: 0 });
      await using _server = server;
      expect(wholeText(await failure(generate()))).not.toContain(start);
    }
  });

  it.each([
    [{ apiKey: `${KEY}\n` }, "api key"],
    [{ headers: { "X-Key": `${KEY}\r\n` } }, "x-key"],
    [{ baseUrl: `http://user:${KEY}@127.0.0.1/v1` }, "credentials"],
    [{ baseUrl: `not a url ${KEY}` }, "baseUrl"],
    [{ extra: { model: "other" } }, "model"],
    [{ model: "" }, "model"],
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ maxRetries: -1 }, "maxRetries"],
  ])("is refused early, unquoted, in options that cannot be used: %#", (options, named) => {
    const make = () => chatCompletions({ baseUrl: "http://127.0.0.1/v1", model: "tiny", ...options });
    expect(make).toThrow(named);
    expect(make).not.toThrow(KEY);
  });

  it("of a query goes along and is not shown", async () => {
    const server = await startChatServer({ reply: () => ({ error: { status: 400 } }) });
    await using _server = server;
    const model = chatCompletions({ baseUrl: `${server.baseUrl}/?key=${KEY}`, model: "tiny" });
    const error = await failure(model.generate(hello, { signal: never }));
    expect(error.code).toBe("MODEL_REQUEST_INVALID");
    expect(wholeText(error)).not.toContain(KEY);
  });
});

function messagesOf(server: ChatServer, at: number): readonly unknown[] {
  const { messages } = (server.requests[at]?.body ?? {}) as { messages?: readonly unknown[] };
  return messages ?? [];
}

function wholeText(error: SdkError): string {
  return [error.message, error.hint, error.stack, JSON.stringify(error.details), String(error.cause)].join("\n");
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
