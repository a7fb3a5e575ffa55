import { connect, type NetConnectOpts, type Socket } from "node:net";
import { onAbort } from "../util/abort.ts";
import type { ControlAddress } from "./control-url.ts";

// A peer that vanished without a word (a pulled cable, a frozen host) is noticed by probes that start after this silence.
const KEEP_ALIVE_MS = 30_000;

/** Bounds a dial, not the connection. */
export interface DialOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Connects to `host:port`. The caller closes the socket; a half-close of the peer leaves the other direction open. */
export async function dialTcp(host: string, port: number, options: DialOptions = {}): Promise<Socket> {
  const socket = await dial({ host, port, allowHalfOpen: true }, options.signal);
  // Frames are small and answered at once: waiting to fill packets would add 40 ms to each call.
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
}

/** Connects to a Unix socket. The caller closes it; a half-close of the peer leaves the other direction open. */
export async function dialUnix(path: string, options: DialOptions = {}): Promise<Socket> {
  return await dial({ path, allowHalfOpen: true }, options.signal);
}

/** Connects to a parsed control address. */
export async function dialControl(address: ControlAddress, options: DialOptions = {}): Promise<Socket> {
  return address.kind === "unix"
    ? await dialUnix(address.path, options)
    : await dialTcp(address.host, address.port, options);
}

async function dial(
  target: NetConnectOpts & { allowHalfOpen: true },
  signal: AbortSignal | undefined,
): Promise<Socket> {
  signal?.throwIfAborted();
  return await new Promise<Socket>((resolve, reject) => {
    const socket = connect(target);
    const listener = onAbort(signal, () => {
      socket.destroy();
      reject(signal?.reason);
    });
    const onError = (error: Error) => {
      listener[Symbol.dispose]();
      reject(error);
    };
    socket.once("error", onError).once("connect", () => {
      listener[Symbol.dispose]();
      socket.off("error", onError).on("error", () => {}); // an idle socket's reset is met by the next read or write
      resolve(socket);
    });
  });
}
