import { SdkError } from "@hud-ts/core/adapter";
import { connectClient, dialControl, formatControlUrl, parseControlUrl } from "@hud-ts/core/client";
import type { RuntimeLease, RuntimeV1 } from "@hud-ts/core/spec";
import { type RemoteOptions, remoteToken } from "./remote-token.ts";

/**
 * Uses an environment that is served already, here or elsewhere: `tcp://host:port` or `unix:///path`. It is
 * borrowed: it runs on when a lease ends, and all leases share it.
 *
 * Without a token, one is looked for where `hud serve` leaves it for this project, when the address is of this machine.
 *
 * @throws INVALID_OPTION for another url, or more than one token
 *
 * @example
 * ```ts
 * import { remote } from "@hud-ts/runtimes/remote";
 *
 * const runtime = remote("tcp://127.0.0.1:8765");
 * ```
 */
export function remote(url: string, options: RemoteOptions = {}): RuntimeV1 {
  const address = parseControlUrl(url);
  const placement = formatControlUrl(address);
  if (options.token !== undefined && options.tokenFile !== undefined) {
    throw new SdkError({ code: "INVALID_OPTION", message: "remote: expected a token or a tokenFile, got both" });
  }

  async function acquire(_row: unknown, { signal }: { readonly signal: AbortSignal }): Promise<RuntimeLease> {
    signal.throwIfAborted();
    const token = await remoteToken(address, options);
    signal.throwIfAborted();
    let closed = false;
    return {
      placement,
      url: placement,
      ...(token !== undefined && { token }),
      async connect(connecting) {
        if (closed) throw new SdkError({ code: "CLOSED", message: "the lease is disposed" });
        return await dialControl(address, connecting);
      },
      async [Symbol.asyncDispose]() {
        closed = true;
      },
    };
  }

  /** A server that is not there, or a token it does not take, is told before a job begins. */
  async function prepare(rows: readonly unknown[], { signal }: { readonly signal: AbortSignal }) {
    const lease = await acquire(rows, { signal });
    const client = await connectClient({
      connect: (connecting) => lease.connect(connecting),
      ...(lease.token !== undefined && { token: lease.token }),
      ...(options.readyTimeoutMs !== undefined && { readyTimeoutMs: options.readyTimeoutMs }),
      signal,
    });
    await client.close();
    return lease;
  }

  return { specVersion: "runtime/1", id: "remote", acquire, prepare };
}
