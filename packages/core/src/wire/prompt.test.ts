import { expect, test } from "vitest";
import { parsePrompt, promptMessages, promptText } from "./prompt.ts";

const text = (value: string) => ({ type: "text", text: value }) as const;

test("nothing and a text are one user turn", () => {
  expect(promptMessages(null)).toEqual([{ role: "user", content: text("") }]);
  expect(promptMessages("hi")).toEqual([{ role: "user", content: text("hi") }]);
});

test("each block becomes a message of its turn's role, and an empty list none", () => {
  const image = { type: "image", data: "aGk=", mimeType: "image/png" } as const;
  expect(
    promptMessages([
      "plain",
      { role: "assistant", content: text("a") },
      { role: "user", content: [text("b"), image] },
      { role: "user", content: [] },
    ]),
  ).toEqual([
    { role: "user", content: text("plain") },
    { role: "assistant", content: text("a") },
    { role: "user", content: text("b") },
    { role: "user", content: image },
  ]);
});

test("system and tool keep their roles, an unknown one is the user's", () => {
  const roles = ["system", "tool", "developer", "ASSISTANT"].map((role) => ({ role, content: "x" }));
  expect(promptMessages(roles).map((message) => message.role)).toEqual(["system", "tool", "user", "user"]);
});

test("the nulls that the reference writes into blocks are dropped", () => {
  const prompt = parsePrompt([{ role: "user", content: { type: "text", text: "t", annotations: null, meta: null } }]);
  expect(promptMessages(prompt)).toEqual([{ role: "user", content: text("t") }]);
});

test("the text is that of the text turns, joined by blank lines", () => {
  const image = { type: "image", data: "", mimeType: "image/png" } as const;
  expect(promptText(["a", { role: "user", content: [image, text("b")] }])).toBe("a\n\nb");
  expect(promptText(null)).toBe("");
});

test("a frame's prompt is read leniently: numbers are texts, an object is its JSON or one turn", () => {
  expect(parsePrompt([1, "a"])).toEqual(["1", "a"]);
  expect(parsePrompt(undefined)).toBeNull();
  expect(parsePrompt({ n: 2 })).toBe('{"n":2}');
  expect(parsePrompt({ role: "user", content: "x" })).toEqual([{ role: "user", content: "x" }]);
});

test("a turn without content and a block of no known kind name their place", () => {
  expect(() => parsePrompt(["a", { role: "user", content: null }])).toThrow("prompt[1]: expected a text or an object");
  const blocks = parsePrompt([{ role: "user", content: [{ type: "text", text: 3 }] }]);
  expect(() => promptMessages(blocks)).toThrow("prompt[0].content[0].text: expected a string, got 3");
  expect(() => promptMessages(parsePrompt([{ role: "user", content: [7] }]))).toThrow(
    "expected an MCP content block, got 7",
  );
});
