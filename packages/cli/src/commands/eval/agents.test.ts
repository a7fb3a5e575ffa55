import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@hud-ts/core/spec";
import { agentRunDouble } from "@hud-ts/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliContext } from "../../context.ts";
import { agentKind } from "./agents.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "hud-cli-agents-"));
  await writeFile(join(cwd, "answers.json"), '{"a": "1"}');
});
afterAll(() => rm(cwd, { recursive: true }));

async function scripted(options: JsonObject) {
  const inputs = { options, model: undefined, baseUrl: undefined, keys: new Map(), solutionFor: () => undefined };
  return await agentKind("scripted").create(inputs as never, { cwd } as CliContext);
}

/** The answer in a run of task `a`, and the commands that came before. */
async function ran(options: JsonObject) {
  const commands: string[] = [];
  const shell = {
    async exec(command: string) {
      commands.push(command);
      return { exitCode: 0, stdout: "", stderr: "", timedOut: false, droppedBytes: 0 };
    },
  };
  const run = agentRunDouble({ task: { slug: "a" }, clients: { ssh: shell } });
  await (await scripted(options)).run(run);
  return [run.given, commands];
}

describe("scripted", () => {
  test("answers for all, by slug, after commands, or runs commands alone", async () => {
    expect(await ran({ answer: "2" })).toEqual(["2", []]);
    expect(await ran({ answers: "answers.json" })).toEqual(["1", []]);
    expect(await ran({ commands: ["touch a", "ls"], answers: "answers.json" })).toEqual(["1", ["touch a", "ls"]]);
    expect(await ran({ commands: ["true"] })).toEqual(["", ["true"]]);
  });

  test.each([
    [{}, "an answer is needed, a file of answers by slug, or commands for a shell"],
    [{ answer: "2", answers: "answers.json" }, "exclude each other"],
    [{ commands: ["true", 1] }, 'commands must be texts, got ["true",1]'],
    [{ answers: "nosuch.json" }, "cannot read"],
  ])("refuses %j", async (options, message) => {
    await expect(scripted(options)).rejects.toThrow(message);
  });
});
