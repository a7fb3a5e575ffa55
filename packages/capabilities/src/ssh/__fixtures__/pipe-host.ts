import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { SdkError, signalGroup } from "@hud-ts/core/adapter";
import type { HostedProcess, ProcessExit, ProcessHost, ProcessRequest } from "../../sandbox/contract.ts";
import { shellQuote } from "../../workspace/client/shell-quote.ts";

/** Programs of this machine with an environment of their own: no isolation, and a terminal from `script`. */
export function pipeHost(directory: string): ProcessHost & { readonly live: Set<ChildProcess> } {
  const live = new Set<ChildProcess>();
  return {
    live,
    async start(request): Promise<HostedProcess> {
      const [program = "", ...args] = request.terminal ? terminalArgv(request.argv, request.terminal) : request.argv;
      const cwd = request.cwd ?? directory;
      await access(cwd).catch(() => refuse(`no directory ${cwd}`));
      const env = {
        PATH: process.env["PATH"],
        HOME: directory,
        SHLVL: "1",
        ...request.env,
        TERM: request.terminal?.term,
      };
      const child = spawn(program, args, { cwd, env, detached: true });
      await once(child, "spawn").catch((error: unknown) => refuse(String(error)));
      live.add(child);
      const exit = once(child, "close").then(([code, signal]): ProcessExit => {
        live.delete(child);
        return { code, signal };
      });
      const kill = (signal?: NodeJS.Signals) => {
        signalGroup(child, signal ?? "SIGTERM");
        if (signal === undefined) setTimeout(() => signalGroup(child, "SIGKILL"), 1000);
      };
      return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, kill, resize: () => {} };
    },
  };
}

function refuse(message: string): never {
  throw new SdkError({ code: "TOOL_INPUT_INVALID", message });
}

function terminalArgv(argv: readonly string[], { columns, rows }: NonNullable<ProcessRequest["terminal"]>) {
  const command = `stty cols ${columns} rows ${rows}; exec ${argv.map(shellQuote).join(" ")}`;
  return ["script", "-qefc", command, "/dev/null"];
}
