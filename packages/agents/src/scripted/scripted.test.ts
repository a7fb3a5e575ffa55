import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Solution } from "@hud-ts/core";
import { agentRunDouble } from "@hud-ts/core/testing";
import { describe, expect, it } from "vitest";
import { LocalShell } from "../workspace/__fixtures__/local-shell.ts";
import { nop } from "./nop.ts";
import { oracle } from "./oracle.ts";
import { scripted } from "./scripted.ts";

const runOf = (slug: string) => agentRunDouble({ task: { slug, args: { word: slug } } });

describe("oracle", () => {
  it("answers what the row's solution gives, and records it as its turn", async () => {
    const solution: Solution = async (args, run) => ({ args, prompt: run.promptText }) as never;
    const run = runOf("strawberry");
    await oracle({ solutionFor: (row) => (row.slug === "strawberry" ? solution : undefined) }).run(run);
    expect(run.given).toEqual({ args: { word: "strawberry" }, prompt: "Do it." });
    expect(run.trace).toMatchObject({ content: JSON.stringify(run.given), stopReason: "done" });
    expect(run.trace.steps).toMatchObject([{ source: "agent", done: true, content: run.trace.content, model: null }]);
  });

  it("fails as the agent's where there is no solution", async () => {
    const run = runOf("unsolved");
    await expect(oracle({ solutionFor: () => undefined }).run(run)).rejects.toMatchObject({
      code: "SOLUTION_UNAVAILABLE",
      blame: "agent",
      message: expect.stringContaining("unsolved"),
    });
    expect(run.trace.steps).toEqual([]);
  });

  it("fails with what the solution throws, answering nothing", async () => {
    const run = runOf("broken");
    const solution: Solution = () => Promise.reject(new Error("cannot"));
    await expect(oracle({ solutionFor: () => solution }).run(run)).rejects.toThrow("cannot");
    expect(run.given).toBeNull();
  });
});

describe("nop", () => {
  it("leaves no answer and no step", async () => {
    const run = runOf("any");
    await nop().run(run);
    expect(run.given).toBeNull();
    expect(run.trace.steps).toEqual([]);
  });
});

describe("scripted", () => {
  const answersOf = async (agent: ReturnType<typeof scripted>, slugs: readonly string[]) => {
    const runs = slugs.map(runOf);
    for (const run of runs) await agent.run(run);
    return runs.map((run) => run.given);
  };

  it("gives one text to all, answers by slug, or what a function says", async () => {
    expect(await answersOf(scripted("3"), ["a", "b"])).toEqual(["3", "3"]);
    expect(await answersOf(scripted({ a: "1", b: { count: 2 } }), ["b", "a"])).toEqual([{ count: 2 }, "1"]);
    expect(
      await answersOf(
        scripted(({ task }) => [task.slug]),
        ["a"],
      ),
    ).toEqual([["a"]]);
  });

  it("runs commands first, each a step as a model's call is, and goes on after one that fails", async () => {
    const directory = await mkdtemp(join(tmpdir(), "hud-scripted-"));
    try {
      const shell = new LocalShell(directory);
      const capabilities = ["mcp", "ssh/2"].map((protocol) => ({
        name: protocol,
        protocol,
        url: "x://y:1",
        params: {},
      }));
      const run = agentRunDouble({ task: { slug: "a" }, capabilities, clients: { ssh: shell } });
      const commands = ["echo 1 > made", "false", "cat made"];
      await scripted({ commands, answer: { a: "done" } }).run(run);
      expect(run.given).toBe("done");
      expect(run.trace.steps).toMatchObject([
        { source: "tool", call: { id: "command-1", name: "bash", arguments: { command: "echo 1 > made" } } },
        { source: "tool", result: { isError: true } },
        { source: "tool", result: { content: [{ text: "$ cat made\n1\n\n(exit 0)" }], isError: false } },
        { source: "agent", content: "done", done: true },
      ]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("fails where there is no shell to run commands in, and takes a slug of that name for a slug", async () => {
    const run = scripted({ commands: ["true"] }).run(runOf("a"));
    await expect(run).rejects.toMatchObject({ code: "UNKNOWN_CAPABILITY" });
    expect(await answersOf(scripted({ commands: "1", a: "2" }), ["commands"])).toEqual(["1"]);
  });

  it("takes a list in turn for each slug, and from its start again", async () => {
    expect(await answersOf(scripted(["1", "2"]), ["a", "b", "a", "a"])).toEqual(["1", "1", "2", "1"]);
  });

  it("fails for a slug without an answer, also one that every object has", async () => {
    for (const slug of ["c", "toString"]) {
      await expect(scripted({ a: "1" }).run(runOf(slug))).rejects.toMatchObject({ code: "AGENT_FAILED" });
    }
    expect(() => scripted([])).toThrow("at least one answer");
  });
});
