import { execFileSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { startChatServer } from "@hud-ts/provider-servers";
import { expect, test } from "vitest";
import { hud, project } from "./hud.ts";

const SHELL = {
  "tasks.ts": `
    import { mkdtempSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    import { workspace } from "@hud-ts/capabilities/workspace";
    import { Environment, Taskset } from "@hud-ts/core";
    import { bash, combine } from "@hud-ts/graders";
    const seed = process.env.SEED_DIRECTORY;
    export const env = new Environment({ name: "shell" });
    const shell = env.attach(workspace(seed));
    const touch = env.template({ id: "touch", solution: () => "done" })(async function* () {
      await shell.exec("touch made");
      yield "Anything.";
      yield await combine(bash({ command: "test -e made", in: shell }));
    });
    export const tasks = new Taskset("shell", [touch()]);
  `,
};

/** A machine without bubblewrap: a PATH that holds Node and the tools a shell needs, and nothing else. */
async function withoutBwrap() {
  const here = await project(SHELL);
  const seed = await project();
  const bin = await project();
  await symlink(process.execPath, join(bin.path, "node"));
  for (const tool of [
    "bash",
    "sh",
    "cat",
    "mkdir",
    "mkfifo",
    "rm",
    "touch",
    "test",
    "true",
    "kill",
    "ls",
    "cp",
    "chmod",
    "env",
  ]) {
    const path = execFileSync("bash", ["-c", `type -P ${tool}`], { encoding: "utf8" }).trim();
    execFileSync("ln", ["-s", path, bin.path]);
  }
  return {
    cwd: here.path,
    env: { PATH: bin.path, SEED_DIRECTORY: seed.path },
    async [Symbol.asyncDispose]() {
      for (const it of [here, seed, bin]) await it[Symbol.asyncDispose]();
    },
  };
}

test("a model's agent does not start without a sandbox: one error with package, flag and way out", async () => {
  await using machine = await withoutBwrap();
  await using server = await startChatServer({ reply: () => "done" });
  const args = [
    "eval",
    "tasks.ts",
    "openai-compatible",
    "--base-url",
    server.baseUrl,
    "--model",
    "m",
    "--yes",
    "--json",
  ];
  const { code, stdout, stderr } = await hud(args, machine);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    message: expect.stringContaining("bwrap"),
    suggestion: expect.stringContaining("apt-get install bubblewrap"),
  });
  expect(stderr).toContain("--isolation none");
  expect(stderr.split("\n").length).toBeLessThan(20);
  expect(server.requests).toHaveLength(0);
});

test("the author's own code runs without one, and so does a model whose isolation was given up", async () => {
  await using machine = await withoutBwrap();
  await using server = await startChatServer({ reply: () => "done" });
  for (const args of [
    ["oracle"],
    ["openai-compatible", "--base-url", server.baseUrl, "--model", "m", "--isolation", "none"],
  ]) {
    const { code, stdout, stderr } = await hud(["eval", "tasks.ts", ...args, "--yes", "--json"], machine);
    expect(stderr).not.toContain("Error");
    expect(JSON.parse(stdout)).toMatchObject({ mean_reward: 1 });
    expect(code).toBe(0);
  }
});

test("a policy that is none is a usage error with the nearest one", async () => {
  await using here = await project(SHELL);
  const { code, stderr } = await hud(["eval", "tasks.ts", "nop", "--isolation", "requird"], { cwd: here.path });
  expect(code).toBe(2);
  expect(stderr).toContain("required");
});
