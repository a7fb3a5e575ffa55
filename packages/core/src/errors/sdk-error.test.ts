import { expect, test, vi } from "vitest";
import { errorText, SdkError, toSdkError } from "./sdk-error.ts";

test("looks up blame, retryability and kind in the table", () => {
  const error = new SdkError({ code: "RUNTIME_LOST", message: "gone" });
  expect(error).toMatchObject({ blame: "infra", retryable: true, kind: "failure", hint: undefined, details: {} });
});

test("is recognised across copies of the package", async () => {
  vi.resetModules(); // the next import evaluates the module anew: the second copy
  const copy = await import("./sdk-error.ts");
  const foreign = new copy.SdkError({ code: "CLOSED", message: "closed" });
  expect(foreign instanceof SdkError).toBe(false);
  expect(SdkError.is(foreign, "CLOSED")).toBe(true);
  expect(SdkError.is(foreign, "ABORTED")).toBe(false);
});

test("wraps what was caught once, with its cause", () => {
  const cause = new TypeError("no");
  const wrapped = toSdkError(cause, "GRADE_FAILED");
  expect(wrapped).toMatchObject({ code: "GRADE_FAILED", message: "no", cause });
  expect(toSdkError(wrapped, "INTERNAL")).toBe(wrapped);
});

test("has a text for anything thrown", () => {
  const hostile = {
    toString() {
      throw new Error("no text");
    },
  };
  expect([new Error(""), "text", null, hostile].map(errorText)).toEqual(["Error", "text", "null", "unprintable value"]);
});
