import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { errorText, raceAbort, SdkError, withResolvers } from "@hud-ts/core/adapter";
import ssh2, { type PseudoTtyOptions } from "ssh2";
import { RemoteProgram } from "./remote-program.ts";
import type { SshParams } from "./ssh-params.ts";

const KEEPALIVE_MS = 15_000;
const KEEPALIVE_MISSED = 4;
const LOGIN_TIMEOUT_MS = 20_000;
/** What ssh2 calls back with for a channel that was still being opened when the connection ended. */
const NEVER_OPENED = "No response from server";

/** Fails an open whose command was never sent, so that another connection may try it. */
export class UnsentError extends Error {}

/** What a transport is made from. */
export interface SshTransportOptions {
  readonly params: SshParams;
  readonly dial: () => Promise<Duplex>;
  /** Bounds the connecting. */
  readonly signal: AbortSignal;
}

/** A command to send, and the terminal it is to have. */
export interface OpenRequest {
  readonly command: string;
  readonly pty?: PseudoTtyOptions | undefined;
}

/** One authenticated connection. Once closed it stays so. */
export class SshTransport implements AsyncDisposable {
  /** Fires when the connection is gone; its reason is CAPABILITY_LOST, or CLOSED when this side closed it. */
  readonly closed: AbortSignal;
  readonly #client: ssh2.Client;
  readonly #stream: Duplex;
  readonly #closing = new AbortController();

  private constructor(client: ssh2.Client, stream: Duplex) {
    this.closed = this.#closing.signal;
    setMaxListeners(0, this.closed); // one for each program
    this.#client = client;
    this.#stream = stream;
    let failure: unknown;
    client.on("error", (error) => {
      failure ??= error;
    });
    client.on("end", () => stream.destroy()); // a half-open stream would never tell of its close
    client.on("close", () => {
      const why = failure === undefined ? "the server closed it" : errorText(failure);
      this.#closing.abort(
        new SdkError({ code: "CAPABILITY_LOST", message: `the ssh connection was lost: ${why}`, cause: failure }),
      );
    });
  }

  /**
   * Dials, checks the server's key and logs in.
   *
   * @throws CAPABILITY_CONNECT_FAILED when the server is another or does not know the key; the signal's reason
   */
  static async connect({ params, dial, signal }: SshTransportOptions): Promise<SshTransport> {
    const stream = await raceDial(dial, signal);
    try {
      if (stream instanceof Socket) stream.setNoDelay(true);
      const client = new ssh2.Client();
      const transport = new SshTransport(client, stream);
      await raceAbort(loggedIn(client, stream, params), signal);
      return transport;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /**
   * Sends a command.
   *
   * @throws UnsentError when it was not sent; CAPABILITY_LOST when it may have been
   */
  async open({ command, pty }: OpenRequest): Promise<RemoteProgram> {
    if (this.closed.aborted) throw new UnsentError("the connection is closed", { cause: this.closed.reason });
    const { promise, resolve, reject } = withResolvers<RemoteProgram>();
    try {
      this.#client.exec(command, pty === undefined ? {} : { pty }, (error, channel) =>
        error ? reject(this.#openError(error)) : resolve(new RemoteProgram(channel, this.closed)),
      );
    } catch (error) {
      throw new UnsentError("the connection is closing", { cause: error });
    }
    return await promise;
  }

  async close(): Promise<void> {
    this.#closing.abort(new SdkError({ code: "CLOSED", message: "the shell is closed" }));
    this.#client.end();
    this.#stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #openError(error: Error): Error {
    if (error.message === NEVER_OPENED) return new UnsentError(error.message, { cause: error });
    const message = `the ssh server did not take the command: ${error.message}`;
    return new SdkError({ code: "CAPABILITY_LOST", message, cause: this.closed.aborted ? this.closed.reason : error });
  }
}

/** A stream that arrives after the signal fired is closed. */
async function raceDial(dial: () => Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  const dialling = dial();
  try {
    return await raceAbort(dialling, signal);
  } catch (error) {
    dialling.then(
      (stream) => stream.destroy(),
      () => {},
    );
    throw error;
  }
}

async function loggedIn(client: ssh2.Client, stream: Duplex, params: SshParams): Promise<void> {
  const { promise, resolve, reject } = withResolvers<void>();
  let shown: Buffer | undefined;
  client.once("ready", resolve);
  client.once("error", (error) => reject(shown === undefined ? error : otherHost(shown, params.hostKeys)));
  client.once("close", () => reject(new Error("the server closed the connection before the login was over")));
  client.connect({
    sock: stream,
    username: params.user,
    privateKey: params.clientKey,
    authHandler: ["publickey"],
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVE_MISSED,
    readyTimeout: LOGIN_TIMEOUT_MS,
    hostVerifier: (key: Buffer) => {
      const known = params.hostKeys.length === 0 || params.hostKeys.some((expected) => expected.equals(key));
      if (!known) shown = key;
      return known;
    },
  });
  await promise;
}

function otherHost(shown: Buffer, expected: readonly Buffer[]): SdkError {
  return new SdkError({
    code: "CAPABILITY_CONNECT_FAILED",
    message: `the ssh server is another: host key ${expected.map(fingerprint).join(" or ")} expected, got ${fingerprint(shown)}`,
    hint: "Something else answers at this address; no command was sent to it.",
  });
}

/** As OpenSSH prints it. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
