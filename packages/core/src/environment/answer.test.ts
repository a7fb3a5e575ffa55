import { expect, test } from "vitest";
import { z } from "zod";
import { answerText, parseAnswer } from "./answer.ts";
import { resolveSchema } from "./schema.ts";

const parse = (schema: unknown, answer: Parameters<typeof answerText>[0]) =>
  parseAnswer(resolveSchema(schema, "returns"), answer);

test.each([
  ["hello", "hello"],
  [undefined, ""],
  [null, ""],
  [42, "42"],
  [{ a: [1] }, '{"a":[1]}'],
])("the text of %j", (answer, text) => {
  expect(answerText(answer)).toBe(text);
});

test("a text is read as JSON, a value is validated as it is", async () => {
  const schema = z.object({ n: z.int() });
  expect(await parse(schema, '{"n": 1}')).toEqual({ ok: true, content: { n: 1 }, raw: '{"n": 1}' });
  expect(await parse(schema, { n: 1 })).toEqual({ ok: true, content: { n: 1 }, raw: '{"n":1}' });
});

test("a text answers for a string: a JSON string unquoted, anything else as it stands", async () => {
  expect(await parse(z.string(), '"quoted"')).toMatchObject({ ok: true, content: "quoted" });
  expect(await parse(z.string(), "plain")).toMatchObject({ ok: true, content: "plain" });
  expect(await parse(z.string(), "5")).toMatchObject({ ok: true, content: "5" });
});

test.each([
  ["not JSON", "not JSON"],
  ["```json\n{}\n```", "```json\n{}\n```"],
  [undefined, ""],
  ['{"n": "x"}', '{"n": "x"}'],
])("a malformed answer says so: %j", async (answer, raw) => {
  const parsed = await parse(z.object({ n: z.int() }), answer);
  expect(parsed).toMatchObject({ ok: false, content: raw, raw });
  expect(parsed.ok || parsed.issues.length).toBeGreaterThan(0);
});
