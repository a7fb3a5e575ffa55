import { SdkError, withResolvers } from "@hud-ts/core/adapter";
import type { ToolCall, ToolResult } from "@hud-ts/core/spec";
import { describe, expect, it } from "vitest";
import type { AgentTool } from "./agent-tool.ts";
import { type CallToolsOptions, callTools as called } from "./call-tools.ts";
import { nameTools } from "./tool-set.ts";

const ok = (text: string): ToolResult => ({ content: [{ type: "text", text }], isError: false });
const call = (name: string, args: ToolCall["arguments"] = {}, id = name): ToolCall => ({ id, name, arguments: args });

function tool(name: string, run: AgentTool["run"], capability?: string): AgentTool {
  const base = { name, description: name, parameters: { type: "object" }, run };
  return capability === undefined ? base : { ...base, capability };
}

function options(tools: readonly AgentTool[], change: Partial<CallToolsOptions> = {}): CallToolsOptions {
  return {
    tools: nameTools(tools),
    timeoutMs: 5_000,
    maxOutputChars: 1_000,
    signal: new AbortController().signal,
    onResult: () => {},
    ...change,
  };
}

async function callTools(calls: readonly ToolCall[], o: CallToolsOptions): Promise<readonly ToolResult[]> {
  return (await called(calls, o)).map(({ result }) => result);
}

const textOf = (result: ToolResult | undefined) => JSON.stringify(result?.content);

describe("callTools", () => {
  it("runs independent calls at once and gives results in the order of the calls", async () => {
    const both = withResolvers<void>();
    let waiting = 0;
    const meet = tool("meet", async ({ as }) => {
      waiting += 1;
      if (waiting === 2) both.resolve();
      await both.promise; // one after another, the first would wait for ever
      return ok(JSON.stringify(as));
    });
    const results = await callTools([call("meet", { as: 1 }, "a"), call("meet", { as: 2 }, "b")], options([meet]));
    expect(results).toEqual([
      { ...ok("1"), callId: "a" },
      { ...ok("2"), callId: "b" },
    ]);
  });

  it("keeps the order of calls on one capability, beside those on another", async () => {
    const log: string[] = [];
    const gate = withResolvers<void>();
    const step = (name: string, capability: string, before: Promise<void> | undefined) =>
      tool(
        name,
        async () => {
          await before;
          log.push(name);
          return ok(name);
        },
        capability,
      );
    const open = tool(
      "open",
      async () => {
        log.push("open");
        gate.resolve();
        return ok("open");
      },
      "screen",
    );
    const tools = [step("write", "shell", gate.promise), step("read", "shell", undefined), open];
    await callTools([call("write"), call("read"), call("open")], options(tools));
    expect(log).toEqual(["open", "write", "read"]);
  });

  it("answers the calls that it cannot carry out", async () => {
    const failing = tool("fail", async () => {
      throw new Error("no such file");
    });
    const sync = tool("sync", () => {
      throw new Error("at once");
    });
    const long = `{"text": "${"x".repeat(500)}`;
    const calls = [
      call("nosuch"),
      call("fail", '{"path": '),
      call("fail", long, "c"),
      call("fail"),
      call("sync"),
      call("fail", null),
    ];
    const results = await callTools(calls, options([failing, sync]));
    expect(results.every(({ isError }) => isError)).toBe(true);
    expect(results.map(textOf)).toEqual([
      expect.stringContaining("unknown tool: 'nosuch'; there is fail, sync"),
      expect.stringContaining('{\\"path\\": '),
      expect.stringContaining("x…"),
      expect.stringContaining("tool error: no such file"),
      expect.stringContaining("tool error: at once"),
      expect.stringContaining("tool error: no such file"),
    ]);
    expect(textOf(results[2]).length).toBeLessThan(400);
  });

  it("ends a call that takes too long, tells its signal, and goes on with the next", async () => {
    let told: unknown;
    const hang = tool(
      "hang",
      (_args, { signal }) =>
        new Promise(() => {
          signal.addEventListener("abort", () => {
            told = signal.reason;
          });
        }),
      "shell",
    );
    const next = tool("next", async () => ok("next"), "shell");
    const results = await callTools([call("hang"), call("next")], options([hang, next], { timeoutMs: 20 }));
    expect(textOf(results[0])).toContain("hang timed out after 0.02 s");
    expect(results[1]).toMatchObject(ok("next"));
    expect(told).toBeInstanceOf(SdkError);
  });

  it("bounds what a tool gives back", async () => {
    const loud = tool("loud", async () => ok("x".repeat(10_000)));
    const results = await callTools([call("loud")], options([loud], { maxOutputChars: 100 }));
    expect(textOf(results[0])).toContain("9900 characters left out");
  });

  it("fails with what the infrastructure failed with, once the other calls have stopped", async () => {
    const lost = new SdkError({ code: "CAPABILITY_LOST", message: "the shell is gone" });
    let stopped = false;
    const calls = options([
      tool("lose", () => Promise.reject(lost), "shell"),
      tool("after", async () => ok("never"), "shell"),
      tool(
        "wait",
        (_args, { signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener("abort", () => {
              stopped = true;
              reject(signal.reason);
            }),
          ),
      ),
    ]);
    await expect(callTools([call("wait"), call("lose"), call("after")], calls)).rejects.toBe(lost);
    expect(stopped).toBe(true);
  });

  it("stops at once when the run does, and starts nothing more", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled");
    const log: string[] = [];
    const first = tool(
      "first",
      async () => {
        controller.abort(reason);
        return await new Promise<ToolResult>(() => {});
      },
      "shell",
    );
    const second = tool(
      "second",
      async () => {
        log.push("second");
        return ok("");
      },
      "shell",
    );
    const results = callTools([call("first"), call("second")], options([first, second], { signal: controller.signal }));
    await expect(results).rejects.toBe(reason);
    expect(log).toEqual([]);
  });
});
