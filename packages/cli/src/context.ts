import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Output } from "./output/output.ts";

/** What every command works with. */
export interface CliContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly output: Output;
  /** Fires when the command must stop. */
  readonly signal: AbortSignal;
  /** Whether somebody can be asked: a terminal on both sides, and no `--json`. */
  readonly interactive: boolean;
}

/** An absolute path, from one given on the command line. */
export function fromCwd(context: CliContext, path: string): string {
  return resolve(context.cwd, path);
}

/** The user's own directory of keys: `~/.hud`. */
export function homeDirectory(context: CliContext): string {
  return resolve(context.env["HOME"] ?? homedir(), ".hud");
}
