import type { AgentTool, ToolProvider } from "../loop/agent-tool.ts";
import { bashTool } from "./bash-tool.ts";
import { editTool } from "./edit-tool.ts";
import { globTool } from "./glob-tool.ts";
import { grepTool } from "./grep-tool.ts";
import { LossTolerance } from "./loss-tolerance.ts";
import { openShell, SHELL_PROTOCOL } from "./open-shell.ts";
import { readTool } from "./read-tool.ts";
import type { ToolShell } from "./tool-shell.ts";
import { writeTool } from "./write-tool.ts";

/**
 * The tools `bash`, `read`, `glob`, `grep`, `edit` and `write` for a shell capability (protocol `ssh`).
 * Of several in one environment the first of the manifest is driven, for the tools' names are fixed.
 *
 * A connection that breaks is told to the model; the third time in a row it ends the run as the infrastructure's.
 *
 * @example
 * ```ts
 * import { openaiCompatible, workspaceTools } from "@hud-ts/agents";
 *
 * const agent = openaiCompatible({
 *   model: "qwen3",
 *   baseUrl: "http://127.0.0.1:8000/v1",
 *   toolProviders: [workspaceTools()], // as it is without the option
 * });
 * ```
 */
export function workspaceTools(): ToolProvider {
  return {
    protocol: SHELL_PROTOCOL,
    async tools(run, capability) {
      return shellTools(await openShell(run, capability.name), capability.name);
    },
  };
}

const MAKERS = [bashTool, readTool, globTool, grepTool, editTool, writeTool];

/** The tools over a shell, in the order that models see them. */
export function shellTools(shell: ToolShell, capability: string): readonly AgentTool[] {
  const losses = new LossTolerance();
  return MAKERS.map((make) => losses.guard({ ...make(shell), capability }));
}
