import { PassThrough } from "node:stream";
import { runCli } from "@hud-ts/cli";
import type { Finished } from "./hud.ts";

/** Runs a command in this process: for what needs neither a source nor a process of its own. */
export async function runHere(args: readonly string[], cwd: string): Promise<Finished> {
  const stdout = collect();
  const stderr = collect();
  const env = { HOME: cwd, PATH: process.env["PATH"] };
  const code = await runCli(args, { stdout: stdout.stream, stderr: stderr.stream, stdin: new PassThrough(), env, cwd });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(): { readonly stream: PassThrough; text(): string } {
  const stream = new PassThrough();
  return { stream, text: () => String(stream.read() ?? "") };
}
