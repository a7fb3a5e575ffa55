import { chmod, unlink } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { isMainThread } from "node:worker_threads";
import { errorText, SdkError } from "../../errors/sdk-error.ts";
import type { ControlAddress } from "../../wire/control-url.ts";
import { dialUnix } from "../../wire/dial.ts";
import { portHolder } from "./port-holder.ts";

/** A listening socket. */
export interface Listener extends AsyncDisposable {
  /** With the port that was given out where 0 was asked for. */
  readonly address: ControlAddress;
  /** Takes no more connections; those it accepted live on. */
  close(): Promise<void>;
}

/**
 * Listens and gives every connection away, half-open where its peer ended only one direction.
 *
 * @throws PORT_IN_USE, INVALID_OPTION for an address that cannot be listened on
 */
export async function listen(address: ControlAddress, onConnection: (socket: Socket) => void): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, onConnection);
  try {
    await bind(server, address);
  } catch (error) {
    if (!(await removeStaleSocket(address, error))) throw await listenError(address, error);
    await bind(server, address);
  }
  if (address.kind === "unix") await chmod(address.path, 0o600);
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  let closing: Promise<void> | undefined;
  const closeOnce = () => (closing ??= close());
  return { address: bound(server, address), close: closeOnce, [Symbol.asyncDispose]: closeOnce };
}

async function bind(server: Server, address: ControlAddress): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    if (address.kind === "tcp") server.listen({ host: address.host, port: address.port });
    else withTightUmask(() => server.listen({ path: address.path }));
  });
}

/** For work that makes its file before it returns, as listening does: between making and a chmod anybody could connect. */
function withTightUmask(work: () => void): void {
  if (!isMainThread) {
    work(); // a worker may not set the mask: there the chmod alone guards the file
    return;
  }
  const before = process.umask(0o177);
  try {
    work();
  } finally {
    process.umask(before);
  }
}

// The file of a Unix socket outlives a server that was killed.
async function removeStaleSocket(address: ControlAddress, error: unknown): Promise<boolean> {
  if (address.kind !== "unix" || systemCode(error) !== "EADDRINUSE") return false;
  try {
    (await dialUnix(address.path)).destroy();
    return false;
  } catch (refused) {
    if (systemCode(refused) !== "ECONNREFUSED") return false;
    await unlink(address.path);
    return true;
  }
}

async function listenError(address: ControlAddress, error: unknown): Promise<SdkError> {
  const place = address.kind === "unix" ? address.path : `port ${address.port} of ${address.host}`;
  if (systemCode(error) !== "EADDRINUSE") {
    return new SdkError({
      code: "INVALID_OPTION",
      message: `cannot listen on ${place}: ${errorText(error)}`,
      cause: error,
    });
  }
  const holder = address.kind === "tcp" ? await portHolder(address.port) : undefined;
  return new SdkError({
    code: "PORT_IN_USE",
    message: `${place} is in use${holder === undefined ? "" : ` by ${holder}`}`,
    hint: "Stop that program, or choose another port (0 takes a free one).",
    cause: error,
  });
}

function bound(server: Server, address: ControlAddress): ControlAddress {
  return address.kind === "unix" ? address : { ...address, port: (server.address() as AddressInfo).port };
}

function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}
