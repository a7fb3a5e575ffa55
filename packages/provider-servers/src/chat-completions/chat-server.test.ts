import { describe, expect, it } from "vitest";
import { type ChatServer, startChatServer } from "./chat-server.ts";

const user = { role: "user", content: "hi" };
const call = (id: string, text = "{}") => ({ id, type: "function", function: { name: "look", arguments: text } });
const calling = (...ids: string[]) => ({ role: "assistant", content: null, tool_calls: ids.map((id) => call(id)) });
const result = (id: string) => ({ role: "tool", tool_call_id: id, content: "seen" });
const tool = (name: string) => ({ type: "function", function: { name, parameters: { type: "object" } } });

async function post(server: ChatServer, body: unknown, init: RequestInit = {}) {
  const response = await fetch(`${server.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

describe("what the API takes", () => {
  it.each([
    { messages: [user] },
    {
      messages: [{ role: "system", content: "s" }, { role: "developer", content: [{ type: "text", text: "d" }] }, user],
    },
    { messages: [user, calling("a", "b"), result("b"), result("a"), user] },
    { messages: [user, { role: "assistant", content: "hello" }, user] },
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
            { type: "image_url", image_url: { url: "https://example.com/a.png" } },
            { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
          ],
        },
      ],
    },
    { messages: [user], tools: [tool("look")], tool_choice: "auto", temperature: 2, top_p: 0, stop: ["a"], seed: 1 },
    { messages: [user], response_format: { type: "json_schema", json_schema: { name: "x", schema: {} } } },
  ])("is answered: %j", async (body) => {
    await using server = await startChatServer({ reply: () => "ok" });
    const { status, body: reply } = await post(server, { model: "m", ...body });
    expect(status).toBe(200);
    expect(reply.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant", content: "ok" } });
    expect(reply.usage.total_tokens).toBe(reply.usage.prompt_tokens + reply.usage.completion_tokens);
  });
});

describe("what the API refuses", () => {
  it.each([
    [{ model: undefined }, "model"],
    [{ messages: [] }, "messages"],
    [{ messages: undefined }, "messages"],
    [{ messages: [{ role: "bot", content: "hi" }] }, "messages[0].role"],
    [{ messages: [{ role: "user" }] }, "messages[0].content"],
    [{ messages: [{ role: "user", content: [] }] }, "messages[0].content"],
    [{ messages: [{ role: "user", content: [{ type: "video" }] }] }, "messages[0].content[0].type"],
    [{ messages: [{ role: "system", content: [{ type: "image_url" }] }] }, "messages[0].content[0].type"],
    [
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,?" } }] }] },
      "messages[0].content[0].image_url.url",
    ],
    [{ messages: [user, { role: "assistant", content: null }] }, "messages[1].content"],
    [{ messages: [user, { role: "assistant", content: "x", tool_calls: [] }] }, "[] is too short"],
    [{ messages: [user, { role: "assistant", tool_calls: [call("a", "{")] }, result("a")] }, "function.arguments"],
    [{ messages: [user, calling("a", "b"), result("a"), user] }, "did not have response messages: b"],
    [{ messages: [user, calling("a")] }, "did not have response messages: a"],
    [{ messages: [user, result("a")] }, "must be a response to a preceeding message"],
    [{ messages: [user, calling("a"), result("a"), result("a")] }, "must be a response to a preceeding message"],
    [{ tools: [] }, "tools"],
    [{ tools: [tool("has space")] }, "tools[0].function.name"],
    [{ tools: [tool("x".repeat(65))] }, "tools[0].function.name"],
    [{ tools: [{ type: "function", function: { name: "a", parameters: [] } }] }, "tools[0].function.parameters"],
    [{ stream: true }, "does not stream"],
    [{ temperature: 3 }, "temperature"],
    [{ max_tokens: 0 }, "max_tokens"],
    [{ max_tokens: 1, max_completion_tokens: 1 }, "exclude each other"],
    [{ n: 2 }, "one choice"],
    [{ top_k: 3 }, "Unrecognized request argument supplied: top_k"],
    [{ response_format: { type: "json_schema", json_schema: { name: "a b", schema: {} } } }, "json_schema.name"],
  ])("is refused: %j", async (change, said) => {
    await using server = await startChatServer({ reply: () => "ok" });
    const { status, body } = await post(server, { model: "m", messages: [user], ...change });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: "invalid_request_error" });
    expect(body.error.message).toContain(said);
    expect(server.requests[0]?.status).toBe(400);
  });

  it("refuses what is no JSON, no POST, no endpoint", async () => {
    await using server = await startChatServer({ reply: () => "ok" });
    expect(await post(server, "{")).toMatchObject({ status: 400 });
    expect(await post(server, {}, { headers: { "content-type": "text/plain" } })).toMatchObject({ status: 400 });
    expect((await fetch(`${server.baseUrl}/chat/completions`)).status).toBe(405);
    expect((await fetch(`${server.baseUrl}/completions`, { method: "POST" })).status).toBe(404);
  });

  it("refuses other keys without showing them, and models it does not have", async () => {
    await using server = await startChatServer({ reply: () => "ok", apiKey: "right-key", models: ["m"] });
    const body = { model: "m", messages: [user] };
    const headers = (key: string) => ({ "content-type": "application/json", authorization: `Bearer ${key}` });
    expect(await post(server, body)).toMatchObject({ status: 401 });
    const wrong = await post(server, body, { headers: headers("wrong-key-0123") });
    expect(wrong).toMatchObject({ status: 401, body: { error: { code: "invalid_api_key" } } });
    expect(wrong.body.error.message).not.toContain("wrong-key-0123");
    const other = await post(server, { ...body, model: "n" }, { headers: headers("right-key") });
    expect(other).toMatchObject({ status: 404, body: { error: { code: "model_not_found" } } });
    expect(await post(server, body, { headers: headers("right-key") })).toMatchObject({ status: 200 });
  });
});

describe("what a script can make it do", () => {
  const body = { model: "m", messages: [user], logprobs: true, return_token_ids: true };

  it("calls tools, with ids of its own and any argument text", async () => {
    const toolCalls = [
      { name: "look", arguments: { a: 1 } },
      { id: "mine", name: "look", arguments: "{" },
    ];
    await using server = await startChatServer({ reply: () => ({ toolCalls }), extraMembers: ["return_token_ids"] });
    const { choices } = (await post(server, body)).body;
    expect(choices[0].finish_reason).toBe("tool_calls");
    expect(choices[0].message.tool_calls).toMatchObject([
      { id: "call_1_1", function: { arguments: '{"a":1}' } },
      { id: "mine", function: { arguments: "{" } },
    ]);
  });

  it("gives log-probabilities and token ids to who asked for them", async () => {
    const reply = () => ({ content: "a", logprobs: [-1], tokenIds: { prompt: [1], output: [2] } });
    await using server = await startChatServer({ reply, extraMembers: ["return_token_ids"] });
    const asked = (await post(server, body)).body;
    expect(asked).toMatchObject({ prompt_token_ids: [1], choices: [{ token_ids: [2] }] });
    expect(asked.choices[0].logprobs.content).toMatchObject([{ logprob: -1 }]);
    const unasked = (await post(server, { model: "m", messages: [user] })).body;
    expect(unasked).not.toHaveProperty("prompt_token_ids");
    expect(unasked.choices[0].logprobs).toBeNull();
  });

  it("fails in the API's shape, also when the script throws", async () => {
    const replies = [
      () => ({ error: { status: 429, retryAfterS: 3 } }),
      () => {
        throw new Error("script");
      },
    ];
    await using server = await startChatServer({ reply: () => replies.shift()?.() ?? "" });
    const limited = await post(server, { model: "m", messages: [user] });
    expect(limited).toMatchObject({ status: 429, body: { error: { type: "requests" } } });
    expect(limited.headers.get("retry-after")).toBe("3");
    expect(await post(server, { model: "m", messages: [user] })).toMatchObject({ status: 500 });
  });

  it("breaks the connection, and closes with a request unanswered", async () => {
    const replies = [{ raw: { body: "{}", cutAfterBytes: 1 } }, { silent: true as const }];
    const server = await startChatServer({ reply: () => replies.shift() ?? "" });
    await expect(post(server, { model: "m", messages: [user] })).rejects.toThrow();
    const pending = post(server, { model: "m", messages: [user] });
    pending.catch(() => {});
    await expect.poll(() => server.requests.length).toBe(2);
    await Promise.all([server.close(), server.close()]);
    await expect(pending).rejects.toThrow();
    expect(server.requests[1]).toMatchObject({ status: undefined });
  });
});
