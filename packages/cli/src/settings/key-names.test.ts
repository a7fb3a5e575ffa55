import type { Json } from "@hud-ts/core/spec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { withKeys, withoutNames } from "./key-names.ts";

const keys = { get: (name: string) => (name === "KEY" ? "secret" : undefined), fromFiles: {} };

test("names in texts become keys, at any depth; two dollars are one", () => {
  expect(withKeys({ a: ["${KEY}", { b: "x-$KEY-$$KEY" }], n: 1, none: null }, keys, "f")).toEqual({
    a: ["secret", { b: "x-secret-$KEY" }],
    n: 1,
    none: null,
  });
  expect(() => withKeys("${OTHER}", keys, ".hud_eval.toml")).toThrow(".hud_eval.toml: ${OTHER} is not set");
});

test("what names nothing is given back, whatever it holds", () => {
  expect(withoutNames("costs $5")).toBe("costs $5");
  const text = fc.string({ unit: fc.constantFrom("$", "{", "}", "K", "EY", "_", "5", " ") });
  const value = fc.oneof(text, fc.array(text), fc.dictionary(fc.constantFrom("a", "b"), text));
  fc.assert(
    fc.property(value, (given: Json) => {
      expect(withKeys(withoutNames(given), keys, "f")).toEqual(given);
    }),
  );
});
