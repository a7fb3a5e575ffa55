import { describe, expect, test } from "vitest";
import { z } from "zod";
import { argsParser } from "./template-args.ts";

describe("the manifest's schema", () => {
  test("is the input side, closed, without dialect and title", () => {
    const schema = z.object({ level: z.int().min(1).max(5).default(1), word: z.string().describe("a word") });
    expect(argsParser("t", schema.meta({ title: "Args" })).jsonSchema).toEqual({
      type: "object",
      properties: {
        level: { type: "integer", minimum: 1, maximum: 5, default: 1 },
        word: { type: "string", description: "a word" },
      },
      required: ["word"],
      additionalProperties: false,
    });
  });

  test("is open only where the schema is loose", () => {
    expect(argsParser("t", z.looseObject({})).jsonSchema["additionalProperties"]).toBe(true);
    expect(argsParser("t", z.strictObject({})).jsonSchema["additionalProperties"]).toBe(false);
    expect(argsParser("t", z.record(z.string(), z.int())).jsonSchema["additionalProperties"]).toMatchObject({
      type: "integer",
    });
  });

  test("of a template without arguments takes none", async () => {
    const none = argsParser("t", undefined);
    expect(none.jsonSchema).toEqual({ type: "object", properties: {}, additionalProperties: false });
    await expect(none.parse({ a: 1 })).rejects.toThrow(
      "task 't': bad args ['a']: got an unexpected keyword argument 'a'",
    );
  });
});

describe("what is no schema of arguments is an error at definition", () => {
  const { "~standard": validator } = z.object({});
  test.each([
    ["a plain object", { level: "number" }, "expected a schema, got an object without ~standard"],
    ["null", null, "expected a schema, got null"],
    ["a scalar", z.string(), "args must be a schema of an object"],
    ["an array", z.array(z.string()), "args must be a schema of an object"],
    ["a choice of objects", z.union([z.object({}), z.object({})]), "args must be a schema of an object"],
    ["a type JSON lacks", z.object({ at: z.date() }), "cannot be written as JSON Schema: Date"],
    [
      "a schema without JSON Schema",
      { "~standard": { version: 1, vendor: "valibot", validate: validator.validate } },
      "the schema of valibot validates, but cannot be written as JSON Schema",
    ],
    [
      "a pair without JSON Schema",
      { schema: z.object({}), jsonSchema: "{}" },
      "expected jsonSchema to be a JSON Schema object",
    ],
    ["a pair without schema", { schema: 1, jsonSchema: {} }, "expected a schema"],
  ])("%s", (_, schema, message) => {
    expect(() => argsParser("t", schema)).toThrow(message);
    expect(() => argsParser("t", schema)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("parsing", () => {
  const parser = argsParser(
    "t",
    z.object({
      n: z.int(),
      flag: z.boolean().default(true),
      list: z.array(z.number()).optional(),
      text: z.string().optional(),
    }),
  );

  test("fills in defaults", async () => {
    expect(await parser.parse({ n: 3 })).toEqual({ n: 3, flag: true });
  });

  test("takes the JSON of a valid value for it, but leaves a text alone that is meant to be one", async () => {
    expect(await parser.parse({ n: "3", flag: "false", list: "[1, 2]", text: "4" })).toEqual({
      n: 3,
      flag: false,
      list: [1, 2],
      text: "4",
    });
  });

  test.each([
    [{}, "task 't': bad args []: missing a required argument: 'n'"],
    [{ n: 1, m: 2 }, "task 't': bad args ['n', 'm']: got an unexpected keyword argument 'm'"],
    [{ n: 1, constructor: 2 }, "got an unexpected keyword argument 'constructor'"],
    [{ n: "abc" }, "task 't': bad args ['n']: n: Invalid input: expected number, received string"],
    [{ n: "3.7" }, "task 't': bad args ['n']: n: "],
    [{ n: 3.7 }, "n: Invalid input: expected int"],
    [{ n: null }, "n: Invalid input: expected number, received null"],
    [{ n: "1", list: [1, "x"] }, "bad args ['n', 'list']: list.1: Invalid input: expected number, received string"],
    [{ n: 1, text: 5 }, "text: Invalid input: expected string"],
  ])("refuses %j", async (args, message) => {
    await expect(parser.parse(args)).rejects.toMatchObject({
      code: "INVALID_TASK_ARGS",
      message: expect.stringContaining(message),
    });
  });

  test("waits for a schema that validates asynchronously", async () => {
    const slow = argsParser("t", z.object({ n: z.int().refine(async (n) => n > 1, "too small") }));
    await expect(slow.parse({ n: 1 })).rejects.toThrow("n: too small");
    expect(await slow.parse({ n: 2 })).toEqual({ n: 2 });
  });

  test("takes a schema that is a function, as ArkType's are", async () => {
    const { "~standard": standard } = z.object({ n: z.int() });
    const callable = Object.assign(() => {}, { "~standard": standard });
    expect(await argsParser("t", callable).parse({ n: 2 })).toEqual({ n: 2 });
  });

  test("validates with the schema of a pair, and tells the manifest its JSON Schema", async () => {
    const schema = z.object({ at: z.coerce.date() });
    const jsonSchema = { type: "object", properties: { at: { type: "string" } }, required: ["at"] };
    const pair = argsParser("t", { schema, jsonSchema });
    expect(pair.jsonSchema).toEqual({ ...jsonSchema, additionalProperties: false });
    expect(await pair.parse({ at: "2026-01-01" })).toEqual({ at: new Date("2026-01-01") });
  });
});
