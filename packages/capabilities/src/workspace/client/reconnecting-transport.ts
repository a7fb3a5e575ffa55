import { delay, errorText, raceAbort, SdkError } from "@hud-ts/core/adapter";
import type { RemoteProgram } from "./remote-program.ts";
import { type OpenRequest, SshTransport, type SshTransportOptions, UnsentError } from "./ssh-transport.ts";

/** Pauses before the second and the third attempt, as the reference's client makes them. */
const RETRY_DELAYS_MS = [250, 500] as const;
const RECONNECT_TIMEOUT_MS = 30_000;

/** A connection that is made anew when it is found closed. A command is sent at most once. */
export class ReconnectingTransport implements AsyncDisposable {
  readonly #options: Omit<SshTransportOptions, "signal">;
  readonly #closed = new AbortController();
  #current: Promise<SshTransport>;

  private constructor(first: SshTransport, options: Omit<SshTransportOptions, "signal">) {
    this.#options = options;
    this.#current = Promise.resolve(first);
  }

  /** @throws as {@link SshTransport.connect} */
  static async connect({ signal, ...options }: SshTransportOptions): Promise<ReconnectingTransport> {
    return new ReconnectingTransport(await SshTransport.connect({ ...options, signal }), options);
  }

  /** @throws CAPABILITY_LOST after three attempts, or when the command may have been sent; CLOSED */
  async open(request: OpenRequest): Promise<RemoteProgram> {
    for (let failures = 0; ; failures++) {
      this.#closed.signal.throwIfAborted();
      try {
        const transport = await this.#connected();
        return await transport.open(request);
      } catch (error) {
        this.#closed.signal.throwIfAborted();
        if (SdkError.is(error, "CAPABILITY_LOST")) throw error;
        const pause = RETRY_DELAYS_MS[failures];
        if (pause === undefined) throw unreachable(error);
        await delay(pause, this.#closed.signal);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed.abort(new SdkError({ code: "CLOSED", message: "the shell is closed" }));
    const current = await this.#current.catch(() => undefined);
    await current?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The connection; calls that find it closed at once share the next one. */
  async #connected(): Promise<SshTransport> {
    const current = this.#current;
    const transport = await current.catch(() => undefined);
    if (transport !== undefined && !transport.closed.aborted) return transport;
    if (this.#current === current) this.#current = this.#connect();
    return await this.#current;
  }

  async #connect(): Promise<SshTransport> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(RECONNECT_TIMEOUT_MS)]);
    return await raceAbort(SshTransport.connect({ ...this.#options, signal }), signal);
  }
}

function unreachable(error: unknown): SdkError {
  const cause = error instanceof UnsentError ? error.cause : error;
  return new SdkError({
    code: "CAPABILITY_LOST",
    message: `the ssh connection was lost and could not be made again: ${errorText(cause)}`,
    cause,
  });
}
