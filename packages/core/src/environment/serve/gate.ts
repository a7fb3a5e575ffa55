import { createHash, timingSafeEqual } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Clock } from "../../util/clock.ts";
import type { JsonObject } from "../../util/json-types.ts";
import type { FrameStream } from "../../wire/frame-stream.ts";
import { Refusal } from "./refusal.ts";
import type { Request } from "./request.ts";

// Enough for a hello with routes and connections; a stranger gets no 64 MiB of this machine's memory.
const UNAUTHENTICATED_FRAME_BYTES = 65_536;

/** How a server treats who has not shown its token. */
export interface GateOptions {
  readonly token: string | undefined;
  /** How long a connection may take to show it. */
  readonly authTimeoutMs: number;
  /** Most connections that have not shown it yet; one more drops the oldest. */
  readonly maxUnauthenticated: number;
  /** Most bytes of a line once it was shown. */
  readonly maxFrameBytes: number;
  readonly clock: Clock;
}

/** Stands in front of a server: without its token, a stranger costs little and learns nothing. */
export class Gate {
  readonly #options: GateOptions;
  readonly #digest: Buffer | undefined;
  readonly #pending = new Set<Duplex>();

  constructor(options: GateOptions) {
    this.#options = options;
    this.#digest = options.token === undefined ? undefined : digest(options.token);
  }

  /** Reads the first frame of a connection; undefined when it ended without one. */
  async read(frames: FrameStream): Promise<JsonObject | undefined> {
    if (this.#digest === undefined) return await frames.read();
    frames.maxReadBytes = UNAUTHENTICATED_FRAME_BYTES;
    this.#makeRoom();
    this.#pending.add(frames.stream);
    const timer = this.#options.clock.timer(this.#options.authTimeoutMs, () => frames.stream.destroy());
    try {
      return await frames.read();
    } finally {
      timer[Symbol.dispose]();
      this.#pending.delete(frames.stream);
    }
  }

  /** Lets a first request pass or refuses it. */
  check(request: Request, frames: FrameStream): void {
    if (this.#digest === undefined) return;
    if (request.method !== "hello" && request.method !== "tunnel.open") {
      throw new Refusal("unauthorized", `this control channel needs a token: ${REMEDY}`);
    }
    const token = tokenOf(request);
    if (token === undefined) throw new Refusal("unauthorized", `${request.method} came without a token: ${REMEDY}`);
    // Digests have one length and no common prefix to find: the comparison tells nothing by its time.
    if (!timingSafeEqual(digest(token), this.#digest)) {
      throw new Refusal("unauthorized", `${request.method} came with a token that is not this server's: ${REMEDY}`);
    }
    frames.maxReadBytes = this.#options.maxFrameBytes;
  }

  #makeRoom(): void {
    const [oldest] = this.#pending;
    if (oldest === undefined || this.#pending.size < this.#options.maxUnauthenticated) return;
    this.#pending.delete(oldest);
    oldest.destroy();
  }
}

const REMEDY =
  'open with hello {"token": "…"} (a tunnel with tunnel.open {"capability": "…", "token": "…"}); ' +
  "on the server's machine `hud serve` keeps the token in .hud/serve/<port>.json";

function tokenOf({ params }: Request): string | undefined {
  if (typeof params !== "object" || params === null || Array.isArray(params)) return undefined;
  const token = (params as JsonObject)["token"];
  return typeof token === "string" ? token : undefined;
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
