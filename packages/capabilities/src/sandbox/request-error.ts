import { SdkError } from "@hud-ts/core/adapter";
import type { ProcessRequest } from "./contract.ts";

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such program, or what its first line names is not there",
  EACCES: "it is not executable",
  EPERM: "it may not be executed here",
  ENOEXEC: "it is no program",
  ENOTDIR: "its working directory does not exist",
  E2BIG: "its arguments and environment are too long",
  EAGAIN: "the limit of processes is reached",
  ENOMEM: "the limit of memory is reached",
};

/** A start that the system refused, as an error of the one who asked for it. */
export function startError(request: ProcessRequest, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code;
  if (SdkError.is(cause) || code === undefined || code === "ABORT_ERR") return cause;
  const program = JSON.stringify(request.argv[0] ?? "");
  const where = request.cwd === undefined ? "" : ` in ${JSON.stringify(request.cwd)}`;
  return new SdkError({
    code: "TOOL_INPUT_INVALID",
    message: `cannot start ${program}${where}: ${EXPLANATIONS[code] ?? (cause as Error).message} (${code})`,
    cause,
  });
}

/** A connection or a listening socket that the system refused. */
export function connectError(message: string, cause: Error & { code?: string }): unknown {
  if (SdkError.is(cause)) return cause;
  const code = cause.code === "EADDRINUSE" ? "PORT_IN_USE" : "CAPABILITY_CONNECT_FAILED";
  return new SdkError({ code, message: `${message}: ${cause.message}`, cause });
}
