import { SdkError } from "@hud-ts/core/adapter";
import { dialTcp } from "@hud-ts/core/client";
import type { RuntimeLease } from "@hud-ts/core/spec";
import type { Child } from "./child.ts";

const LOOPBACK = "127.0.0.1";
// Logs are asked for after failures of every kind, of which few are a death.
const EXIT_NOTICE_MS = 100;

/** A child that serves, as a lease. Disposing it ends the child and everything it started. */
export function childLease(child: Child, port: number, token: string): RuntimeLease {
  let closed = false;
  return {
    placement: `process ${child.pid}`,
    url: `tcp://${LOOPBACK}:${port}`,
    token,
    async connect({ signal }) {
      signal.throwIfAborted();
      if (closed) throw new SdkError({ code: "CLOSED", message: "the lease is disposed" });
      if (child.ending !== undefined) throw await child.lost();
      try {
        return await dialTcp(LOOPBACK, port, { signal });
      } catch {
        signal.throwIfAborted();
        throw await child.lost(); // it listened before it was leased: refused means gone
      }
    },
    async logs() {
      await child.died(EXIT_NOTICE_MS);
      return child.ending === undefined ? child.output() : `${child.output()}\n[the process ${child.ending}]`;
    },
    async ending() {
      await child.died();
      return child.ending === undefined ? undefined : child.withOutput(`its process ${child.ending}`);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await child.close();
    },
  };
}
