import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../bin/hud.js", import.meta.url));
const EXAMPLE = fileURLToPath(new URL("../../../examples/letter-count/", import.meta.url));

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves when `pattern` stands on stdout or stderr; rejects when the command ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  readonly finished: Promise<Finished>;
}

/** A directory of its own for one test, whose sources find the workspace's packages. */
export async function projectDirectory(
  files: Readonly<Record<string, string>>,
): Promise<{ path: string } & AsyncDisposable> {
  // Below the example, so that `@hud-ts/*` and zod resolve as they do in a project.
  const path = await mkdtemp(join(EXAMPLE, ".test-"));
  await symlink(join(EXAMPLE, "node_modules"), join(path, "node_modules"));
  await writeFile(join(path, "package.json"), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Starts the real `hud` in a directory; keys of the machine are kept out of it. */
export function startHud(args: readonly string[], options: { cwd: string; env?: Record<string, string> }): Running {
  const { OPENAI_API_KEY: _, OPENAI_BASE_URL: __, HUD_CONTROL_TOKEN: ___, ...env } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    env: { ...env, HOME: options.cwd, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk) => (text.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (text.stderr += chunk));
  const finished = once(child, "close").then(([code]) => ({ code: code as number | null, ...text }));
  return {
    child,
    finished,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text.stdout) ?? pattern.exec(text.stderr);
          if (match !== null) resolve(match);
        };
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        finished.then(({ code }) => reject(new Error(`hud ended with ${code}: ${text.stdout}${text.stderr}`)), reject);
        look();
      }),
  };
}

/** Runs the real `hud` to its end. */
export function hud(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Finished> {
  return startHud(args, options).finished;
}

/** The document of a command run with `--json`: all of stdout. */
export function documentOf<T>(finished: Finished): T {
  return JSON.parse(finished.stdout) as T;
}
