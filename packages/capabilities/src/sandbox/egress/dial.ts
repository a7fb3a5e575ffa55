import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { deadline, raceAbort } from "@hud-ts/core/adapter";
import type { AddressRule } from "./addresses.ts";
import type { Authority } from "./host-name.ts";
import { Refusal } from "./refusal.ts";

/** Finds the addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** How an upstream is reached. */
export interface DialOptions {
  readonly resolve: Resolve;
  readonly mayDial: AddressRule;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Asks the system's resolver. */
export async function systemResolve(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/**
 * Connects to a host, by an address that was looked at: what is dialled is the address itself, so that a name which
 * resolves otherwise a moment later leads nowhere else. The caller destroys the socket.
 *
 * @throws Refusal
 */
export async function dial(target: Authority, options: DialOptions): Promise<Socket> {
  using limit = deadline({ ms: options.timeoutMs, message: "connecting took too long", signal: options.signal });
  const addresses = await raceAbort(options.resolve(target.host), limit.signal).catch(() => {
    throw new Refusal("upstream-failure", `${target.host} cannot be resolved`);
  });
  const permitted = addresses.filter(options.mayDial);
  if (permitted.length === 0 && addresses.length > 0) {
    throw new Refusal("blocked-by-address", `${target.host} resolves to no public address`);
  }
  for (const address of permitted) {
    const socket = connect({ host: address, port: target.port, allowHalfOpen: true, noDelay: true });
    // Who reads it learns of a failure by its end; there is not always somebody reading.
    socket.on("error", () => {});
    try {
      await once(socket, "connect", { signal: limit.signal });
      return socket;
    } catch {
      socket.destroy();
    }
  }
  throw new Refusal("upstream-failure", `${target.host}:${target.port} cannot be reached`);
}
