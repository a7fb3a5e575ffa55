import { expect, test } from "vitest";
import { SdkError } from "../errors/sdk-error.ts";
import { formatControlUrl, parseControlUrl } from "./control-url.ts";

test.each([
  ["tcp://127.0.0.1:8765", { kind: "tcp", host: "127.0.0.1", port: 8765 }],
  ["TCP://env.local:1/", { kind: "tcp", host: "env.local", port: 1 }],
  ["localhost:65535", { kind: "tcp", host: "localhost", port: 65_535 }],
  ["tcp://[::1]:80", { kind: "tcp", host: "::1", port: 80 }],
  ["unix:///run/hud/env.sock", { kind: "unix", path: "/run/hud/env.sock" }],
] as const)("%s is an address", (url, address) => {
  expect(parseControlUrl(url)).toEqual(address);
  expect(parseControlUrl(formatControlUrl(parseControlUrl(url)))).toEqual(address);
});

test.each([
  ["http://127.0.0.1:8765", "scheme 'http://'"],
  ["tcp://127.0.0.1", "expected host:port"],
  ["127.0.0.1", "expected host:port"],
  ["tcp://host:0", "port 0"],
  ["tcp://host:65536", "port 65536"],
  ["tcp://host:80/path", "expected host:port"],
  ["tcp://:80", "expected host:port"],
  ["::1:80", "expected host:port"],
  ["", "expected host:port"],
  ["unix://relative", "absolute path"],
  ["unix:///", "absolute path"],
])("'%s' is refused, saying why and what to write", (url, why) => {
  const attempt = () => parseControlUrl(url);
  expect(attempt).toThrow(why);
  try {
    attempt();
  } catch (error) {
    expect(SdkError.is(error, "INVALID_OPTION") && error.hint).toContain("tcp://");
  }
});

test("a secret in a url is not repeated", () => {
  expect(() => parseControlUrl("tcp://me:hunter2@host:80")).toThrow(/^(?!.*hunter2)/);
});
