import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { systemClock } from "@hud-ts/core/adapter";
import { Refusal } from "./refusal.ts";

/** What a connection is at: its first request's head, that request, or the answer to it. */
export type ConnectionPhase = "head" | "served" | "answered";

interface Entry {
  served: boolean;
  response: ServerResponse | undefined;
  readonly timer: Disposable;
}

/** The connections of the inside: so many at most, and each says soon what it wants. */
export class Connections {
  readonly #entries = new Map<Duplex, Entry>();
  readonly #limits: { readonly count: number; readonly headTimeoutMs: number };

  constructor(limits: { readonly count: number; readonly headTimeoutMs: number }) {
    this.#limits = limits;
  }

  /** Takes a connection in; false when it was refused. */
  add(connection: Duplex): boolean {
    connection.on("error", () => {});
    if (this.#entries.size >= this.#limits.count) {
      connection.resume().end(new Refusal("too-many-connections", "too many connections at one time").answer);
      return false;
    }
    const timer = systemClock.timer(this.#limits.headTimeoutMs, () => connection.destroy());
    this.#entries.set(connection, { served: false, response: undefined, timer });
    connection.once("close", () => {
      timer[Symbol.dispose]();
      this.#entries.delete(connection);
    });
    return true;
  }

  /** Notes that a connection has said what it wants, and where its answer goes. */
  served(connection: Duplex, response?: ServerResponse): void {
    const entry = this.#entries.get(connection);
    if (entry === undefined) return;
    entry.served = true;
    entry.response = response;
    entry.timer[Symbol.dispose]();
  }

  phase(connection: Duplex): ConnectionPhase {
    const entry = this.#entries.get(connection);
    if (entry?.response?.headersSent === true) return "answered";
    return entry?.served === true ? "served" : "head";
  }

  /** Ends all of them. */
  close(): void {
    for (const connection of this.#entries.keys()) connection.destroy();
  }
}
