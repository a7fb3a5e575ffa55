import { SdkError } from "../errors/sdk-error.ts";

// Nobody listens yet, or who listened hung up: what a server that is starting looks like. ENOENT is a Unix socket not yet there.
const NOT_READY: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "EAGAIN",
  "ENOENT",
  "EHOSTUNREACH",
]);

/** Whether an error says that the connection failed, rather than that the other side answered. */
export function isConnectionError(error: unknown): boolean {
  if (SdkError.is(error)) return error.code === "PEER_CLOSED";
  return error instanceof Error && NOT_READY.has((error as NodeJS.ErrnoException).code);
}
