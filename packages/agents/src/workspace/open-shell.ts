import type { AgentRun } from "@hud-ts/core/spec";
import type { ToolShell } from "./tool-shell.ts";

/** The protocol family of shells. */
export const SHELL_PROTOCOL = "ssh";

/** Opens a shell of the run's environment, by its name or the first there is; the run closes it. */
export async function openShell(run: AgentRun, name = firstShell(run)): Promise<ToolShell> {
  const { ssh } = await import("@hud-ts/capabilities/workspace/client"); // heavy, and not every run has a shell
  return await run.open(ssh, name);
}

function firstShell({ capabilities }: AgentRun): string | undefined {
  return capabilities.find(({ protocol }) => protocol.split("/")[0] === SHELL_PROTOCOL)?.name;
}
