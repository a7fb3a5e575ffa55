import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../bin/hud.js", import.meta.url));
const MODULES = fileURLToPath(new URL("../node_modules/", import.meta.url));

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

/** A project of its own for one test, whose sources find the workspace's packages. */
export async function project(
  files: Readonly<Record<string, string>> = {},
): Promise<{ path: string } & AsyncDisposable> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "hud-cli-")));
  await symlink(MODULES, join(path, "node_modules"));
  await writeFile(join(path, "package.json"), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Two tasks of one template, `double-1` and `double-2`; the answer is twice the number. */
export const DOUBLES = {
  "env.ts": `
    import { Environment } from "@hud-ts/core";
    import { z } from "zod";
    export const env = new Environment({ name: "doubles" });
    export const double = env.template({
      id: "double",
      description: "Double a number.",
      args: z.object({ n: z.number() }),
      solution: ({ n }) => String(2 * n),
    })(async function* ({ n }) {
      const answer = yield \`Twice \${n}?\`;
      yield Number(answer) === 2 * n ? 1 : 0;
    });
  `,
  "tasks.ts": `
    import { Taskset } from "@hud-ts/core";
    import { double } from "./env.ts";
    export const tasks = new Taskset("doubles", [1, 2].map((n) => double({ n }, { slug: \`double-\${n}\` })));
  `,
};

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
