import type { CommandRequest, CommandResult, CommandTarget, JsonObject, LazySubScore } from "@hud-ts/core/spec";
import { defineGrader, type GradeOptions, type Judgement } from "../scores/define-grader.ts";
import { checkCommand } from "./check-command.ts";

/** A command that grades by its exit code. */
export interface BashOptions extends GradeOptions {
  /** Run by `bash -c`; full marks when it exits with 0, else none. */
  readonly command: string;
  /** Where it runs: a workspace for a frozen copy of what the agent left, its `live` for the running one. */
  readonly in: CommandTarget;
  /** Path inside. @default the target's own, the workspace */
  readonly cwd?: string | undefined;
  /** Added to the target's own variables. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Hidden tests and the like: path inside to what stands there, read-only, seen by this command alone. */
  readonly files?: Readonly<Record<string, URL | string>> | undefined;
  /** Paths put back from the baseline before the command runs, so that the agent's edits of them do not count. */
  readonly restore?: readonly string[] | undefined;
  /** Milliseconds; then the whole process group is killed and the value is 0. @default 600_000 */
  readonly timeoutMs?: number | undefined;
  /** Most bytes of stdout, and of stderr, that the grade keeps. @default 65_536 */
  readonly maxOutputBytes?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 600_000; // the reference's
const DEFAULT_OUTPUT_BYTES = 65_536;

/**
 * Grades by a command's exit code: 1 for 0, else 0; also when it never ends, runs out of memory or its files are gone,
 * for that is what the agent left. A sandbox that is lost is no zero: the grade fails, and is infrastructure's fault.
 *
 * `info` has `exit_code`, `stdout`, `stderr`, `timed_out`, `duration_ms`, `phase` and, when output was cut, `dropped_bytes`.
 * Computed when `combine` or an `await` asks for it, in its place in the order: a `live` target before the freeze, others after.
 *
 * @throws INVALID_OPTION when an option cannot be used
 * @throws CAPABILITY_LOST when awaited: the target is gone
 * @throws GRADE_INVALID when awaited: a live target after the freeze
 *
 * @example
 * ```ts
 * import type { CommandTarget } from "@hud-ts/core/spec";
 * import { bash, combine } from "@hud-ts/graders";
 *
 * export const grade = (shell: CommandTarget) =>
 *   combine(
 *     bash({
 *       command: "node --test /grading",
 *       in: shell,
 *       files: { "/grading": new URL("./hidden/", import.meta.url) },
 *       restore: ["package.json"],
 *     }),
 *   );
 * ```
 */
export function bash(options: BashOptions): LazySubScore {
  checkCommand(options);
  const { name, weight, signal, ...input } = options;
  return exitCode(input, { name, weight, signal });
}

/** The command as a grader. */
export const exitCode = defineGrader({
  name: "bash",
  version: "1",
  target: (input: Omit<BashOptions, keyof GradeOptions>) => input.in,
  async grade(input, options): Promise<Judgement> {
    const startedAt = performance.now();
    const result = await input.in.run(requestOf(input), options);
    const durationMs = Math.round(performance.now() - startedAt);
    return { value: result.exitCode === 0, info: infoOf(result, { phase: input.in.phase, durationMs }) };
  },
});

function requestOf(input: Omit<BashOptions, keyof GradeOptions>): CommandRequest {
  const { command, cwd, env, files, restore } = input;
  return {
    command,
    timeoutMs: input.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxOutputBytes: input.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(files === undefined ? {} : { files }),
    ...(restore === undefined ? {} : { restore }),
  };
}

function infoOf(result: CommandResult, o: { phase: CommandTarget["phase"]; durationMs: number }): JsonObject {
  return {
    exit_code: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    timed_out: result.timedOut,
    duration_ms: o.durationMs,
    phase: o.phase,
    ...(result.droppedBytes === 0 ? {} : { dropped_bytes: result.droppedBytes }),
  };
}
