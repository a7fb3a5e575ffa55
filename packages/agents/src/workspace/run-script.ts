import { randomId } from "@hud-ts/core/adapter";
import type { ToolShell } from "./tool-shell.ts";

const MOST_BYTES = 1024 * 1024; // scripts bound what they print themselves
const MOST_LINES = 3;

/**
 * Runs a script and gives what it printed. What a login shell's start-up files print goes before, and is left out.
 *
 * @throws Error with what the script said, when it failed
 */
export async function runScript(shell: ToolShell, script: string, signal: AbortSignal): Promise<string> {
  const mark = `hud-${randomId()}`;
  const command = `echo ${mark}; echo ${mark} >&2\n${script}`;
  const { exitCode, stdout, stderr } = await shell.exec(command, { maxOutputBytes: MOST_BYTES, signal });
  const output = after(mark, stdout);
  if (exitCode === 0 && output !== undefined) return output;
  const reason = (after(mark, stderr) ?? stderr).trim().split("\n").slice(0, MOST_LINES).join("\n");
  throw new Error(reason || `the shell ended with exit code ${exitCode}`);
}

function after(mark: string, text: string): string | undefined {
  const at = text.indexOf(`${mark}\n`);
  return at === -1 ? undefined : text.slice(at + mark.length + 1);
}
