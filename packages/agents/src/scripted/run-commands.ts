import { isoMicros } from "@hud-ts/core/adapter";
import type { AgentRun, ToolCall } from "@hud-ts/core/spec";
import { recordResult } from "../loop/record.ts";
import { bashTool } from "../workspace/bash-tool.ts";
import { LossTolerance } from "../workspace/loss-tolerance.ts";
import { openShell } from "../workspace/open-shell.ts";

/** Runs commands in the environment's shell with the tool that a model has for it, and records each as a model's call is. */
export async function runCommands(run: AgentRun, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  const bash = new LossTolerance().guard(bashTool(await openShell(run)));
  for (const [index, command] of commands.entries()) {
    const call: ToolCall = { id: `command-${index + 1}`, name: "bash", arguments: { command } };
    const startedAt = isoMicros(Date.now());
    const result = await bash.run({ command }, { signal: run.signal });
    recordResult(run, { call, result, startedAt });
  }
}
