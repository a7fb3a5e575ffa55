import { expect, test } from "vitest";
import { workspacePath } from "./guest-path.ts";

test.each([
  ["a.txt", "a.txt"],
  ["./a//b/./c", "a/b/c"],
  ["/workspace/a/b", "a/b"],
  ["a b/ü", "a b/ü"],
])("%s is %s", (path, relative) => {
  expect(workspacePath(path, ["/workspace"])).toBe(relative);
});

test.each([
  "",
  ".",
  "/",
  "/workspace",
  "/workspace/",
  "/etc/passwd",
  "/workspaces/a",
  "../a",
  "a/../../b",
  "a/..",
  "/workspace/../etc",
  "a\0b",
])("%j is refused", (path) => {
  expect(() => workspacePath(path, ["/workspace"])).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
