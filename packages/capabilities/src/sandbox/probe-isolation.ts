import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SdkError } from "@hud-ts/core/adapter";
import { namespaceArguments } from "./bwrap-arguments.ts";
import type { Isolation, IsolationPolicy } from "./contract.ts";
import { unavailable } from "./isolation-advice.ts";
import { LAUNCH_ENVIRONMENT } from "./launch-environment.ts";
import { findTools, type ToolPaths } from "./tools.ts";

const execute = promisify(execFile);

const PROBE_TIMEOUT_MS = 15_000;

// The user "nobody" of most systems: what matters is that it is not root, whose sandbox would be no sandbox.
const PROBE_UID = 65_534;

/** How sandboxes are made on this machine. */
export interface IsolationMeans extends Isolation {
  readonly kind: "separate-users" | "one-user";
  readonly tools: ToolPaths;
  /** How /proc comes inside. */
  readonly proc: "new" | "bound";
}

/** Answers by PATH: a later change of it is seen. */
const known = new Map<string, Promise<IsolationMeans>>();

/**
 * What keeps the inside in, on this machine and under this policy.
 *
 * @throws ISOLATION_UNAVAILABLE where it is required and there is none, with how to get it
 */
export async function probeIsolation(policy: IsolationPolicy = "required"): Promise<Isolation> {
  if (policy === "none") return withoutIsolation("it was given up by option");
  try {
    const { kind, weaker } = await isolationMeans();
    return { kind, weaker };
  } catch (error) {
    if (policy === "auto" && SdkError.is(error, "ISOLATION_UNAVAILABLE")) return withoutIsolation(error.message);
    throw error;
  }
}

/**
 * Finds out, by trying it once, how sandboxes can be made here.
 *
 * @throws ISOLATION_UNAVAILABLE
 */
export function isolationMeans(): Promise<IsolationMeans> {
  const key = process.env["PATH"] ?? "";
  const probe = known.get(key) ?? tryIsolation();
  known.set(key, probe);
  probe.catch(() => known.delete(key)); // it may be installed or allowed meanwhile
  return probe;
}

/** What is said of a machine that serves as its own sandbox. */
function withoutIsolation(reason: string): Isolation {
  return { kind: "none", weaker: [`There is no sandbox: ${reason}.`, ...WITHOUT] };
}

const WITHOUT = [
  "Programs see this machine's files, processes and network, with the rights of the user who started it.",
  "Limits, mounts and allowed hosts are not enforced.",
  "A program that leaves its process group is not ended with the others.",
] as const;

async function tryIsolation(): Promise<IsolationMeans> {
  if (process.platform !== "linux") throw unavailable({ kind: "platform", platform: process.platform });
  if (process.arch !== "x64" && process.arch !== "arm64")
    throw unavailable({ kind: "architecture", name: process.arch });
  const { paths, missing } = await findTools();
  if (missing.length > 0) throw unavailable({ kind: "tools", missing });
  const root = process.getuid?.() === 0;
  const proc = await tryProc(paths, root);
  return {
    kind: root ? "separate-users" : "one-user",
    weaker: [...(root ? [] : ONE_USER_WEAKER), ...(proc === "new" ? [] : [BOUND_PROC_WEAKER])],
    tools: paths,
    proc,
  };
}

async function tryProc(tools: ToolPaths, root: boolean): Promise<"new" | "bound"> {
  try {
    await tryBwrap(tools, root, ["--proc", "/proc"]);
    return "new";
  } catch (first) {
    try {
      await tryBwrap(tools, root, ["--ro-bind", "/proc", "/proc"]);
      return "bound";
    } catch {
      throw unavailable({ kind: "refused", cause: first as Error & { stderr?: string } });
    }
  }
}

async function tryBwrap(tools: ToolPaths, root: boolean, proc: readonly string[]): Promise<void> {
  const args = [...namespaceArguments(), "--ro-bind", "/", "/", ...proc, "--dev", "/dev", "--", "true"];
  await execute(tools.bwrap, args, {
    cwd: "/",
    env: LAUNCH_ENVIRONMENT,
    timeout: PROBE_TIMEOUT_MS,
    ...(root ? { uid: PROBE_UID, gid: PROBE_UID } : {}),
  });
}

const ONE_USER_WEAKER = [
  "The supervisor runs under the agent's user: the agent can end the sandbox, which is then lost and reported.",
  "Graders run under the agent's user: what the agent left running can signal a grader in the same sandbox.",
  "Files made inside belong to the user who started this process.",
] as const;

const BOUND_PROC_WEAKER =
  "The process list and command lines of the surrounding container are visible inside, environments are not.";
