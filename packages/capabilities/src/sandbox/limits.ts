import { readFile } from "node:fs/promises";
import { SdkError } from "@hud-ts/core/adapter";
import type { SandboxLimits } from "./contract.ts";

// Node has eleven threads, and the supervisor, which is Node, has helpers.
const LEAST_PROCESSES = 32;

const MIB = 1024 * 1024;

/** Limits with every default in place. */
export interface ResolvedLimits {
  readonly processes: number;
  readonly memoryBytes: number | undefined;
  readonly tmpBytes: number;
  readonly fileBytes: number;
  readonly openFiles: number;
}

/** Fills in the defaults. @throws INVALID_OPTION when a limit is no positive whole number */
export function resolveLimits(limits: SandboxLimits = {}): ResolvedLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `limits.${name} must be a positive whole number, got ${value}`,
    });
  }
  if (limits.processes !== undefined && limits.processes < LEAST_PROCESSES) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `limits.processes must be at least ${LEAST_PROCESSES}, which Node alone may need, got ${limits.processes}`,
    });
  }
  return {
    processes: limits.processes ?? 256,
    memoryBytes: limits.memoryBytes,
    tmpBytes: limits.tmpBytes ?? 256 * MIB,
    fileBytes: limits.fileBytes ?? 1024 * MIB,
    openFiles: limits.openFiles ?? 4096,
  };
}

/** The options of prlimit for them. Nothing is raised: what is lower already stays. */
export async function prlimitOptions(limits: ResolvedLimits): Promise<readonly string[]> {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(await readFile("/proc/self/limits", "utf8"))?.[1];
  const openFiles = Math.min(limits.openFiles, Number(hard ?? limits.openFiles));
  return ["--core=0", `--nofile=${openFiles}`, `--nproc=${limits.processes}`, `--fsize=${limits.fileBytes}`];
}
