import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { errorText, SdkError } from "@hud-ts/core/adapter";

const run = promisify(execFile);

// Exact, so that neither the caller's PATH nor its language decides what runs and how it words its failures.
const ENVIRONMENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", LC_ALL: "C" };

/**
 * Runs one of the system's own tools on the trusted side, never on a path that an agent chose.
 *
 * @throws STORAGE_FAILED with the tool's own words
 */
export async function systemTool(program: string, args: readonly string[], cwd = "/"): Promise<void> {
  try {
    await run(program, [...args], { cwd, env: ENVIRONMENT, maxBuffer: 1 << 20 });
  } catch (error) {
    throw new SdkError({
      code: "STORAGE_FAILED",
      message: `${program}: ${toolWords(error)}`,
      hint: isFull(error) ? "Free some disk space." : undefined,
      cause: error,
    });
  }
}

/** Whether something failed for want of space. */
export function isFull(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, stderr, cause } = error as { code?: unknown; stderr?: unknown; cause?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") return true;
  if (typeof stderr === "string" && /No space left on device|Disk quota exceeded/.test(stderr)) return true;
  return cause !== undefined && isFull(cause);
}

// A copy that fails fails once per file: the first words tell.
function toolWords(error: unknown): string {
  const { stderr } = error as { stderr?: unknown };
  const first = typeof stderr === "string" ? stderr.trim().split("\n", 1)[0] : "";
  return first === undefined || first === "" ? errorText(error) : first;
}
