import type { Duplex } from "node:stream";
import { SdkError } from "../errors/sdk-error.ts";
import { raceAbort } from "../util/abort.ts";
import type { Json, JsonObject } from "../util/json-types.ts";
import { FrameStream } from "../wire/frame-stream.ts";
import { type Connect, openStream } from "./open-stream.ts";
import { badReply } from "./protocol-error.ts";
import { replyError } from "./reply-error.ts";

const METHOD = "tunnel.open";

/** Which capability a tunnel leads to, and how the environment is reached. */
export interface TunnelOptions {
  readonly connect: Connect;
  readonly token: string | undefined;
  readonly capability: string;
  readonly signal: AbortSignal;
}

/**
 * Opens a byte stream to a capability over a connection of its own. The caller closes it.
 *
 * @throws ProtocolError when the environment refuses, PEER_CLOSED; the signal's reason
 */
export async function openTunnel({ connect, token, capability, signal }: TunnelOptions): Promise<Duplex> {
  const stream = await openStream(connect, signal);
  try {
    const frames = new FrameStream(stream);
    const params = { capability, ...(token !== undefined && { token }) };
    await raceAbort(frames.write({ jsonrpc: "2.0", id: 1, method: METHOD, params }), signal);
    checkReply(await raceAbort(frames.read(), signal));
    return frames.detach();
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

function checkReply(reply: JsonObject | undefined): void {
  if (reply === undefined) {
    throw new SdkError({ code: "PEER_CLOSED", message: `env closed connection during '${METHOD}'` });
  }
  const error: Json | undefined = reply["error"];
  if (error !== undefined && error !== null) throw replyError(METHOD, error);
  if (reply["id"] !== 1) throw badReply(METHOD, `'${METHOD}': reply id did not match request`);
}
