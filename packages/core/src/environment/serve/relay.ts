import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import { errorText, SdkError } from "../../errors/sdk-error.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { formatControlUrl } from "../../wire/control-url.ts";
import { FrameStream, parseFrame } from "../../wire/frame-stream.ts";
import { joinStreams } from "../../wire/tunnel.ts";
import { hangUp } from "./hang-up.ts";
import { listen } from "./listen.ts";
import { Refusal } from "./refusal.ts";
import { errorLine } from "./reply.ts";
import { readParams, readRequest } from "./request.ts";

const NEWLINE = Buffer.from("\n");
const LINGER_MS = 1_000;

/** What a {@link startRelay} joins. */
export interface RelayOptions {
  /** Opens a connection to the protected server. The relay closes it. */
  connect(options: { readonly signal: AbortSignal }): Promise<Duplex>;
  /** The protected server's token. */
  readonly token: string;
  /** Address to bind; whoever reaches it is trusted. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** 0 takes a free port. @default 0 */
  readonly port?: number | undefined;
}

/** A running relay. Whoever started it closes it. */
export interface Relay extends AsyncDisposable {
  /** What peers without the token connect to. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and cuts every connection. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a port through which peers that know no tokens, such as the Python client, drive a protected server: the token is added to the
 * first frame of every connection, all bytes after it pass unchanged.
 *
 * @throws PORT_IN_USE, INVALID_OPTION
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // every connection listens
  const open = new Set<Promise<void>>();
  const address = { kind: "tcp", host: options.host ?? "127.0.0.1", port: options.port ?? 0 } as const;
  const listener = await listen(address, (socket) => {
    const passing = pass(socket, options, stop.signal).finally(() => open.delete(passing));
    open.add(passing);
  });
  const close = async () => {
    stop.abort(new SdkError({ code: "CLOSED", message: "the relay was closed" }));
    await Promise.all([listener.close(), ...open]);
  };
  const port = listener.address.kind === "tcp" ? listener.address.port : 0;
  return { url: formatControlUrl(listener.address), port, close, [Symbol.asyncDispose]: close };
}

/** The life of one relayed connection. Never rejects: a peer learns of a failure by an error frame or the end of its stream. */
async function pass(local: Duplex, options: RelayOptions, signal: AbortSignal): Promise<void> {
  const cut = () => local.destroy();
  signal.addEventListener("abort", cut, { once: true });
  try {
    await passFrames(new FrameStream(local), options, signal);
  } finally {
    signal.removeEventListener("abort", cut);
    await hangUp(local, signal.aborted ? 0 : LINGER_MS);
  }
}

async function passFrames(local: FrameStream, options: RelayOptions, signal: AbortSignal): Promise<void> {
  let remote: Duplex | undefined;
  const cut = () => remote?.destroy();
  signal.addEventListener("abort", cut, { once: true });
  try {
    const line = await local.readLine();
    if (line === undefined) return;
    const first = parseFrame(line);
    remote = await options.connect({ signal });
    const frames = new FrameStream(remote, { maxWriteBytes: Number.POSITIVE_INFINITY });
    await introduce(frames, { first, line, token: options.token });
    await joinStreams(local.detach(), frames.detach());
  } catch (error) {
    await explain(local, error);
  } finally {
    signal.removeEventListener("abort", cut);
    remote?.destroy();
  }
}

interface Introduction {
  readonly first: JsonObject;
  readonly line: Buffer;
  readonly token: string;
}

async function introduce(remote: FrameStream, { first, line, token }: Introduction): Promise<void> {
  const request = readRequest(first);
  if (request.method === "hello" || request.method === "tunnel.open") {
    const frame = { ...first, params: { ...readParams(request), token } };
    await remote.writeLine(Buffer.concat([Buffer.from(JSON.stringify(frame), "utf8"), NEWLINE]));
    return;
  }
  // The reference needs no hello; a protected server does, so the relay says it, and passes the first frame on untouched.
  await remote.write({ jsonrpc: "2.0", id: "relay", method: "hello", params: { token } });
  const reply = await remote.read();
  if (reply === undefined) throw new Refusal("failure", "the server hung up on the relay's hello");
  const failure = reply["error"] as { readonly message?: unknown } | undefined;
  if (failure !== undefined) throw new Refusal("unauthorized", String(failure.message));
  await remote.writeLine(Buffer.concat([line, NEWLINE]));
}

async function explain(local: FrameStream, error: unknown): Promise<void> {
  if (SdkError.is(error, "FRAME_INVALID") || SdkError.is(error, "PEER_CLOSED")) return;
  const refusal = error instanceof Refusal ? error : new Refusal("failure", `the relay failed: ${errorText(error)}`);
  await local.writeLine(errorLine(null, refusal, local.maxWriteBytes)).catch(() => {});
}
