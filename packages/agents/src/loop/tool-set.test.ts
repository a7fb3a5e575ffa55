import { agentRunDouble } from "@hud-ts/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentTool, ToolProvider } from "./agent-tool.ts";
import { modelToolName, nameTools, openToolSet } from "./tool-set.ts";

const tool = (name: string): AgentTool => ({
  name,
  description: name,
  parameters: { type: "object" },
  run: async () => ({ content: [], isError: false }),
});

describe("modelToolName", () => {
  it.each([
    ["read_file", "read_file"],
    ["files.read", /^files_read_[0-9a-f]{8}$/],
    ["/root/", /^root_[0-9a-f]{8}$/],
    ["日本", /^tool_[0-9a-f]{8}$/],
    ["x".repeat(65), /^x{55}_[0-9a-f]{8}$/],
  ])("makes %s a name that providers take", (name, expected) => {
    expect(modelToolName(name)).toMatch(expected);
  });

  it("always gives such a name, and different ones for different tools", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(modelToolName(one)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        expect(modelToolName(one) === modelToolName(other)).toBe(one === other);
      }),
    );
  });
});

describe("openToolSet", () => {
  const capability = (name: string, protocol: string) => ({ name, protocol, url: "tcp://127.0.0.1:1", params: {} });
  const provider = (protocol: string, many = false): ToolProvider => ({
    protocol,
    many,
    tools: async (_run, { name }) => [tool(`${protocol}-${name}`)],
  });

  it("asks providers in the order of the manifest, once or for every capability", async () => {
    const capabilities = [
      capability("b", "mcp/2025-11-25"),
      capability("a", "ssh/2"),
      capability("c", "mcp/2025-11-25"),
      capability("d", "ssh/2"),
      capability("e", "rfb/3.8"),
    ];
    const providers = [provider("ssh"), provider("mcp", true)];
    const set = await openToolSet(agentRunDouble({ capabilities }), { tools: [tool("own")], providers });
    expect([...set.keys()]).toEqual(["own", "mcp-b", "ssh-a", "mcp-c"]);
  });

  it("refuses two tools of one name", () => {
    expect(() => nameTools([tool("look"), tool("look")])).toThrow("different names");
  });
});
