import type { Duplex } from "node:stream";
import { acquire } from "../util/acquire.ts";

/** Opens one connection to the environment's control port; the caller closes the stream. */
export type Connect = (options: { readonly signal: AbortSignal }) => Promise<Duplex>;

/** Opens a stream under a signal; one that arrives after the signal fired is closed. */
export async function openStream(connect: Connect, signal: AbortSignal): Promise<Duplex> {
  const owned = async (bound: AbortSignal) => {
    const stream = await connect({ signal: bound });
    return { stream, [Symbol.asyncDispose]: async () => void stream.destroy() };
  };
  return (await acquire(owned, signal)).stream;
}
