import type { CommandResult, ToolResult } from "@hud-ts/core/spec";
import type { AgentTool } from "../loop/agent-tool.ts";
import { ToolArguments } from "./tool-arguments.ts";
import { found, refused } from "./tool-result.ts";
import type { ToolShell } from "./tool-shell.ts";

const MOST_BYTES = 15_000; // of each stream: together below what the loop shows of a result
const PARTING_MS = 2_000;

/** Runs commands, each in a login shell of its own. */
export function bashTool(shell: ToolShell): AgentTool {
  return {
    name: "bash",
    description:
      "Runs a command in a fresh bash login shell, in the workspace. Gives its output and exit code; of long output the " +
      "beginning and the end. No directory or variable is kept between commands; files and background processes are.",
    parameters: {
      type: "object",
      properties: {
        command: { type: "string", description: "The command, as one would type it into bash." },
        timeout: { type: "integer", minimum: 1, description: "Milliseconds after which it is killed." },
        workdir: { type: "string", description: "Directory to run in; the workspace when left out." },
      },
      required: ["command"],
    },
    async run(args, { signal, timeoutMs }) {
      const input = new ToolArguments(args);
      const command = input.word("command");
      const cwd = input.optionalWord("workdir");
      const limitMs = shorter(input.optionalCount("timeout", 1), timeoutMs);
      const result = await shell.exec(command, {
        maxOutputBytes: MOST_BYTES,
        signal,
        ...(cwd === undefined ? {} : { cwd }),
        ...(limitMs === undefined ? {} : { timeoutMs: limitMs }),
      });
      return commandReport(command, result, limitMs);
    },
  };
}

/** The time for a command: as asked, but soon enough within that of the call to report what it printed until then. */
function shorter(askedMs: number | undefined, callMs: number | undefined): number | undefined {
  if (callMs === undefined) return askedMs;
  const mostMs = Math.max(1, Math.floor(callMs - Math.min(PARTING_MS, callMs / 10)));
  return Math.min(askedMs ?? mostMs, mostMs);
}

/** What a command came to, as the model reads it. */
function commandReport(command: string, result: CommandResult, limitMs: number | undefined): ToolResult {
  const { stdout, stderr } = result;
  const text = [
    `$ ${command}\n${stdout}`,
    ...(stderr === "" ? [] : [`stderr:\n${stderr}`]),
    endOf(result, limitMs),
  ].join("\n");
  return result.exitCode === 0 ? found(text) : refused(text);
}

function endOf({ exitCode, timedOut }: CommandResult, limitMs: number | undefined): string {
  if (timedOut) return `(killed: timed out after ${(limitMs ?? 0) / 1_000} s)`;
  return exitCode === null ? "(killed by a signal)" : `(exit ${exitCode})`;
}
