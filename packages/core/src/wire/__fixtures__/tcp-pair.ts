import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { dialTcp } from "../dial.ts";

/** Both ends of one loopback TCP connection; the caller destroys them. */
export async function tcpPair(): Promise<readonly [Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = await dialTcp("127.0.0.1", port);
  const [other] = await accepted;
  server.close();
  return [client, other.on("error", () => {})];
}
