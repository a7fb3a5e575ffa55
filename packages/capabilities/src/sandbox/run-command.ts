import type { Readable } from "node:stream";
import { type Deadline, deadline, onAbort, SdkError } from "@hud-ts/core/adapter";
import type { CommandRequest, CommandResult } from "@hud-ts/core/spec";
import { BoundedOutput } from "../bounded-output.ts";
import type { HostedProcess, ProcessHost } from "./contract.ts";

/** Bytes kept of stdout and of stderr when the request says nothing. */
const DEFAULT_OUTPUT_BYTES = 1024 * 1024;

/**
 * Runs one command to its end: the beginning and the end of its output are kept, the rest is read and counted, so that it never waits for a reader.
 * When its time is over, or the signal fires, its whole process group is killed.
 *
 * @throws the signal's reason; CAPABILITY_LOST when the host is gone; CAPABILITY_UNSUPPORTED for `files` and `restore`
 */
export async function runCommand(
  host: ProcessHost,
  request: CommandRequest,
  options: { readonly signal: AbortSignal; readonly user?: "agent" | "grader" },
): Promise<CommandResult> {
  requireSupported(request);
  const { signal, user = "agent" } = options;
  using limit = deadline({
    ms: request.timeoutMs,
    message: `the command ran longer than ${request.timeoutMs} ms`,
    signal,
  });
  try {
    const process = await host.start(
      { argv: ["bash", "-c", request.command], user, ...place(request) },
      { signal: limit.signal },
    );
    return await finish(process, request, limit);
  } catch (error) {
    if (limit.expired && error === limit.signal.reason) return TIMED_OUT;
    throw error;
  }
}

const TIMED_OUT: CommandResult = { exitCode: null, stdout: "", stderr: "", timedOut: true, droppedBytes: 0 };

async function finish(process: HostedProcess, request: CommandRequest, limit: Deadline): Promise<CommandResult> {
  using _killed = onAbort(limit.signal, () => process.kill("SIGKILL"));
  process.stdin.end(request.stdin);
  const bytes = request.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES;
  const [exit, stdout, stderr] = await Promise.all([
    process.exit,
    collect(process.stdout, bytes),
    collect(process.stderr, bytes),
  ]);
  if (!limit.expired) limit.signal.throwIfAborted();
  return {
    exitCode: limit.expired ? null : exit.code,
    stdout: stdout.toString(),
    stderr: stderr.toString(),
    timedOut: limit.expired,
    droppedBytes: stdout.droppedBytes + stderr.droppedBytes,
  };
}

async function collect(stream: Readable, maxBytes: number): Promise<BoundedOutput> {
  const output = new BoundedOutput(maxBytes);
  for await (const chunk of stream as AsyncIterable<Buffer>) output.push(chunk);
  return output;
}

function place({ cwd, env }: CommandRequest) {
  return { ...(cwd === undefined ? {} : { cwd }), ...(env === undefined ? {} : { env }) };
}

function requireSupported(request: CommandRequest): void {
  const member = request.files !== undefined ? "files" : request.restore !== undefined ? "restore" : undefined;
  if (member === undefined) return;
  throw new SdkError({
    code: "CAPABILITY_UNSUPPORTED",
    message: `a running sandbox can not do what "${member}" of a command asks`,
    hint: "Run the command over a snapshot, in a sandbox that is made for it.",
  });
}
