import { expect, test } from "vitest";
import { parseReply } from "./child-job.ts";

test.each(["not json", "null", "1", '"port"', "{}", "[]"])("%s is no reply, and fails the start", (line) => {
  expect(parseReply(line)).toEqual({ failure: expect.objectContaining({ code: "RUNTIME_START_FAILED" }) });
});
