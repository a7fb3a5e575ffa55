import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJsonNode } from "../util/json.ts";
import type { JsonObject } from "../util/json-types.ts";
import { floatRepr, pythonJson } from "./python-json.ts";
import { deriveSlug, slugOfNode } from "./slug.ts";

describe("slugs of rows in a file", () => {
  test.each([
    ["verify", '{"expected": 3}', "verify-5579a3e5"],
    ["add", '{"a": 2, "b": 3}', "add-001a8858"],
    ["t", "{}", "t"],
    ["t", '{"x": 1.0}', "t-eeff7c66"],
    ["t", '{"x": 1}', "t-c8b0bcdb"],
    ["t", '{"b":1,"a":{"d":1,"c":2}}', "t-af099fd4"],
    ["t", '{"n": NaN}', "t-577e255e"],
    ["t", '{"\\uFFFF":1,"\\uD83D\\uDE00":2}', "t-dd1e7ea9"],
    ["t", '{"u":"é😀\\u2028","z":[1,{"b":2,"a":null}],"f":1e-7,"g":1e21,"h":0.1,"t":true}', "t-5a358d0f"],
    [
      "t",
      '{"big":12345678901234567890,"neg":-0.0,"e":1e16,"q":123456789012345680.0,"s":1.5e300,"c":"a/b\\"\\\\\\n\\t\\u007f"}',
      "t-ceecc10f",
    ],
    ["count", '{"a":1}', "count-e4ad4daa"],
    ["count", '{"a":2,"s":"y"}', "count-cbecbca8"],
  ])("%s %s", (id, args, slug) => {
    expect(slugOfNode(id, parseJsonNode(args))).toBe(slug);
  });
});

describe("slugs of rows in code", () => {
  test("an integral number is an integer, whatever its literal", () => {
    expect(deriveSlug("t", { x: 1.0 })).toBe("t-c8b0bcdb");
    expect(deriveSlug("verify", { expected: 3 })).toBe("verify-5579a3e5");
  });

  test("a member that is undefined is absent", () => {
    expect(deriveSlug("t", { x: undefined })).toBe("t");
  });

  test("does not depend on the order of keys, nor on a trip through a file", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (args) => {
        fc.pre(!JSON.stringify(args).includes('"__proto__"'));
        const reversed = Object.fromEntries(Object.entries(args).reverse()) as JsonObject;
        const slug = deriveSlug("t", args as JsonObject);
        expect(deriveSlug("t", reversed)).toBe(slug);
        expect(slugOfNode("t", parseJsonNode(JSON.stringify(args)))).toBe(slug);
      }),
    );
  });
});

describe("Python's JSON", () => {
  test("is JSON of the same value, in ASCII", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('"__proto__"'));
        const printed = pythonJson(parseJsonNode(text), { sortKeys: true });
        expect(printed).toMatch(/^[ -~]*$/);
        expect(JSON.parse(printed)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("floats read back as the same double", () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (value) => Object.is(Number(floatRepr(value)), value)));
  });

  test.each([
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [123456789012345680, "1.2345678901234568e+17"],
    [-1.5e300, "-1.5e+300"],
    [-0, "-0.0"],
    [12.5, "12.5"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("%d is %s", (value, text) => {
    expect(floatRepr(value)).toBe(text);
  });
});
