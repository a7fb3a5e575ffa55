import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { ForwardListener } from "../remote-forwards.ts";

/** Listens on this machine's loopback, as a sandbox does on its own. */
export const listenLoopback: ForwardListener = async (port, accept) => {
  const server = createServer({ allowHalfOpen: true }, accept).listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
};
