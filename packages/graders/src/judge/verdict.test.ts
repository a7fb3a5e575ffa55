import { describe, expect, test } from "vitest";
import { parseVerdict } from "./verdict.ts";

const json = (status: unknown, explanation?: unknown) => JSON.stringify({ criterion_status: status, explanation });

describe("parseVerdict", () => {
  test.each([
    [json("met"), true, ""],
    [json("MET", "it is there"), true, "it is there"],
    [json("Unmet", "it is not"), false, "it is not"],
    [json("MET", 5), true, ""],
    [`\`\`\`json\n${json("met", "x")}\n\`\`\``, true, "x"],
    [`\`\`\`\n${json("unmet", "x")}\`\`\``, false, "x"],
    [`Sure! ${json("met", "x")} I hope this helps.`, true, "x"],
    [`[${json("MET")}]`, true, ""],
  ])("reads the object in %s", (reply, met, reason) => {
    expect(parseVerdict(reply)).toEqual({ met, reason });
  });

  test.each([
    [`${json("MET")} ${json("MET")}`, true],
    ["MET then UNMET", false],
    ["NOT_MET", false],
    ["not-MET", false],
    ["nOt  MET", false],
    ["UN-MET", false],
    ["UN_MET", false],
    ["UNMET", false],
    ["I have not MET", false],
    ["UN MET", true],
    ["not yet MET", true],
    ["isn't MET", true],
    ["CANNOT MET", true],
    ["```\nMET\n```", true],
    ['{"criterion_status": "MET", "explanation": "he said "yes""}', true],
  ])("scans the text of %j", (reply, met) => {
    expect(parseVerdict(reply)).toMatchObject({ met });
  });

  test.each([json("PARTIAL"), "{}", json(null), json(" MET "), json(true)])("finds no status in %j", (reply) => {
    expect(parseVerdict(reply)).toEqual({ problem: 'its criterion_status was neither "MET" nor "UNMET"' });
  });

  test.each(["unmet", "Not met", "NOTMET", "MET_1", "METRIC", "", "éMET", "}{"])("finds no verdict in %j", (reply) => {
    expect(parseVerdict(reply)).toEqual({ problem: "it held no JSON object with a criterion_status" });
  });

  test("keeps the first 200 characters as the reason", () => {
    expect(parseVerdict(`MET ${"x".repeat(300)}`)).toEqual({ met: true, reason: `MET ${"x".repeat(196)}` });
  });
});
