import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../util/json-types.ts";
import { readHelloLists, refuseUnenforceable } from "./hello-lists.ts";

const route = { capability: "shell", host: "db.internal", port: 5432 };
const connection = { name: "inference", capability: "shell", url: "http://10.0.0.1:9/v1", headers: { "x-key": "k" } };
const shell = { name: "shell", protocol: "ssh/2", url: "ssh://127.0.0.1:22", params: {} };

describe("workspace_routes", () => {
  test.each([
    [null, "'workspace_routes' must be a list"],
    [["x"], "workspace routes must be objects"],
    [[{ ...route, host: 1 }], "workspace route capability and host must be strings"],
    [[{ ...route, port: "80" }], "workspace route port must be an integer"],
    [[{ ...route, port: true }], "workspace route port must be an integer"],
    [[{ ...route, capability: " shell" }], "workspace route capability must not be empty or padded"],
    [[{ ...route, host: "a b" }], "workspace route host must be a hostname without whitespace"],
    [[{ ...route, host: "10.0.0.1" }], "workspace routes require a hostname, not an IP address"],
    [[{ ...route, host: "::1" }], "workspace routes require a hostname, not an IP address"],
    [[{ ...route, port: 65_536 }], "workspace route port must be between 1 and 65535"],
  ])("%j", (workspace_routes, text) => {
    expect(() => read({ workspace_routes })).toThrow(refusal(-32602, `hello: ${text}`));
  });
});

describe("connections", () => {
  test.each([
    [null, "'connections' must be a list"],
    [[[]], "connections must be objects"],
    [[{ ...connection, url: 1 }], "connection name, capability, and url must be strings"],
    [[{ ...connection, headers: { a: 1 } }], "connection headers must map strings to strings"],
    [
      [{ ...connection, name: "Inference" }],
      "connection name must start with a lowercase letter and contain only lowercase letters, digits, underscores, or hyphens",
    ],
    [[{ ...connection, capability: "" }], "connection capability must not be empty or padded"],
    [[{ ...connection, url: "ftp://h/" }], "connection url must be an HTTP(S) URL with a hostname"],
    [[{ ...connection, url: "http://u:p@h/" }], "connection url must not contain credentials"],
    [[{ ...connection, url: "http://h/?q=1" }], "connection url must not contain a query or fragment"],
    [[{ ...connection, headers: {} }], "connection headers must not be empty"],
    [[{ ...connection, headers: { "a b": "c" } }], "invalid connection header name: 'a b'"],
    [[{ ...connection, headers: { a: "b\r\nc" } }], "invalid connection header value for 'a'"],
  ])("%j", (connections, text) => {
    expect(() => read({ connections })).toThrow(refusal(-32602, `hello: ${text}`));
  });
});

test("both lists are checked, routes first, before either is refused", () => {
  expect(() => read({ connections: null, workspace_routes: null })).toThrow(/workspace_routes/);
});

test("nothing is promised that cannot be enforced", () => {
  const lists = { connections: [connection] };
  expect(() => read(lists, [])).toThrow(refusal(-32000, "workspace capability 'shell' does not exist"));
  expect(() => read(lists, [shell])).toThrow(
    refusal(-32000, "workspace capability 'shell' does not support process-bound connections"),
  );
  expect(() => read({ connections: [{ ...connection, capability: "ssh" }] }, [shell, { ...shell, name: "b" }])).toThrow(
    refusal(-32000, "workspace capability 'ssh' is ambiguous: b, shell"),
  );
  expect(() => read({ workspace_routes: [route] })).toThrow(
    refusal(-32000, "workspace capability 'shell' does not exist"),
  );
  expect(() => read({ workspace_routes: [route] }, [shell])).toThrow(
    refusal(-32000, "workspace route for 'shell' requires an isolated network"),
  );
});

test("empty and absent lists are fine", () => {
  read({});
  read({ workspace_routes: [], connections: [] });
});

function read(params: unknown, bindings: readonly (typeof shell)[] = []): void {
  refuseUnenforceable(readHelloLists(params as JsonObject), bindings);
}

function refusal(code: number, message: string) {
  return expect.objectContaining({ code, message });
}
