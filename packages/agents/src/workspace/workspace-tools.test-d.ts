import { type Shell, ssh } from "@hud-ts/capabilities/workspace/client";
import { Environment, type Solution } from "@hud-ts/core";
import type { CommandResult } from "@hud-ts/core/spec";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import { scripted } from "../index.ts";
import type { ToolShell } from "./tool-shell.ts";

// A reference solution drives the shell through its run, typed from the factory.
const solution: Solution = async (_args, run) => {
  const shell = await run.open(ssh);
  expectTypeOf(shell).toEqualTypeOf<Shell>();
  expectTypeOf(shell.exec("npm test")).resolves.toEqualTypeOf<CommandResult>();
  return (await shell.exec("npm test", { timeoutMs: 60_000 })).stdout;
};

new Environment({ name: "coder" }).template({
  id: "fix-bug",
  args: z.object({ difficulty: z.number() }),
  solution: async ({ difficulty }, run) => {
    const shell = await run.open(ssh, "shell");
    expectTypeOf(difficulty).toBeNumber();
    await shell.writeFile("a.js", `export default ${difficulty};`);
    return "done";
  },
});
expectTypeOf(solution).toExtend<Solution>();
expectTypeOf<Shell>().toExtend<ToolShell>();

scripted({ commands: ["true"], answer: "done" });
scripted({ commands: ["true"], answer: { "fix-bug-1": { fixed: true } } });
// @ts-expect-error commands are texts
scripted({ commands: [1n] });
