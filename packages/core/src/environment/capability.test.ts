import { describe, expect, test } from "vitest";
import { Capability, checkCapability } from "./capability.ts";

test("each protocol has its own name, scheme, port and params", () => {
  expect([
    Capability.ssh({ url: "box", hostPubkey: "ssh-ed25519 AAAA" }),
    Capability.mcp({ url: "https://tools.test/mcp", authToken: "t" }),
    Capability.cdp({ url: "127.0.0.1" }),
    Capability.rfb({ url: "screen", display: 2 }),
    Capability.robot({ url: "sim:9000", contract: { control_rate: 10 }, name: "arm" }),
  ]).toEqual([
    {
      name: "shell",
      protocol: "ssh/2",
      url: "ssh://box:22",
      params: { user: "agent", host_pubkey: "ssh-ed25519 AAAA", shell: "bash" },
    },
    {
      name: "tools",
      protocol: "mcp/2025-11-25",
      url: "https://tools.test:443/mcp",
      params: { transport: "streamable-http", auth_token: "t" },
    },
    { name: "browser", protocol: "cdp/1.3", url: "ws://127.0.0.1:9222", params: {} },
    { name: "screen", protocol: "rfb/3.8", url: "rfb://screen:5902", params: { display: 2 } },
    { name: "arm", protocol: "openpi/0", url: "ws://sim:9000", params: { contract: { control_rate: 10 } } },
  ]);
});

test.each([
  ["ws://h/a?b=c#d", "ws://h:80/a?b=c#d"],
  ["ws://user:pw@h/a", "ws://user:pw@h:80/a"],
  ["ws://[::1]", "ws://[::1]:80"],
  ["ws://[::1]:5", "ws://[::1]:5"],
  ["h:8080/mcp", "ws://h:8080/mcp"],
])("the port of %s is spelled out", (url, full) => {
  expect(Capability.mcp({ url }).url).toBe(full);
});

describe("refuses", () => {
  test.each([
    ["another protocol's scheme", () => Capability.ssh({ url: "http://box", hostPubkey: "k" })],
    ["a scheme without slashes", () => Capability.mcp({ url: "http:box" })],
    ["a url without host", () => Capability.cdp({ url: "ws://" })],
    ["a transport that its url cannot carry", () => Capability.mcp({ url: "ws://box", transport: "sse" })],
    ["an empty name", () => Capability.cdp({ name: "", url: "box" })],
    ["a url without port", () => checkCapability({ name: "x", protocol: "x/1", url: "tcp://box", params: {} })],
  ])("%s", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  test("without telling a password", () => {
    expect(() => Capability.ssh({ url: "http://me:secret@box", hostPubkey: "k" })).toThrow(/^(?!.*secret)/);
  });
});
