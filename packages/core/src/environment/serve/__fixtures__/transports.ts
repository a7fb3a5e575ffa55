import { memoryPair } from "../../../wire/memory-pair.ts";
import type { ControlServer } from "../control-server.ts";
import { listen } from "../listen.ts";
import { RawPeer } from "./raw-peer.ts";

/** Ways to reach a server in a test: what a peer observes must be the same on each. */
export const TRANSPORTS = ["memory", "tcp"] as const;

/** A server's front door. */
export interface Door extends AsyncDisposable {
  connect(): Promise<RawPeer>;
}

export async function openDoor(server: ControlServer, transport: (typeof TRANSPORTS)[number]): Promise<Door> {
  if (transport === "memory") {
    return {
      connect: async () => {
        const [near, far] = memoryPair();
        server.accept(far);
        return new RawPeer(near);
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const listener = await listen({ kind: "tcp", host: "127.0.0.1", port: 0 }, (socket) => server.accept(socket));
  const { address } = listener;
  const port = address.kind === "tcp" ? address.port : 0;
  return {
    connect: () => RawPeer.onTcp(port),
    [Symbol.asyncDispose]: async () => {
      await server.close(); // the listener waits for its connections
      await listener.close();
    },
  };
}
