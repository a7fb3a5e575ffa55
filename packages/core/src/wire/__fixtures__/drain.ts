import { once } from "node:events";
import type { Duplex } from "node:stream";

/** Everything a stream still gives, up to its end. Leaves the writing direction as it is, unlike an iteration, which destroys the stream. */
export async function drain(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "end");
  return Buffer.concat(chunks);
}

/** {@link drain} as a text. */
export async function drainText(stream: Duplex): Promise<string> {
  return (await drain(stream)).toString("utf8");
}
