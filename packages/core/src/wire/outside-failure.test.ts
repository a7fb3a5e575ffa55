import { describe, expect, test } from "vitest";
import { SdkError } from "../errors/sdk-error.ts";
import type { ErrorCode } from "../errors/table.ts";
import { outsideFailure, readOutsideFailure } from "./outside-failure.ts";

const errorOf = (code: ErrorCode) => new SdkError({ code, message: "m" });

describe("outsideFailure", () => {
  test.each(["JUDGE_FAILED", "MODEL_UNAVAILABLE", "MODEL_AUTH", "CAPABILITY_LOST"] as const)(
    "%s crosses the wire",
    (code) => {
      expect(readOutsideFailure({ code: outsideFailure(errorOf(code)) })).toBe(code);
    },
  );

  test.each(["RUNTIME_LOST", "GRADE_FAILED", "AGENT_FAILED", "ABORTED", "INVALID_OPTION"] as const)(
    "%s does not, nor is it believed",
    (code) => {
      expect(outsideFailure(errorOf(code))).toBeUndefined();
      expect(readOutsideFailure({ code })).toBeUndefined();
    },
  );

  test.each([undefined, null, "JUDGE_FAILED", 1, [], ["JUDGE_FAILED"], {}, { code: null }, { code: ["JUDGE_FAILED"] }])(
    "%j says nothing",
    (data) => {
      expect(readOutsideFailure(data)).toBeUndefined();
    },
  );

  test("a plain error says nothing", () => {
    expect(outsideFailure(new Error("JUDGE_FAILED"))).toBeUndefined();
  });
});
