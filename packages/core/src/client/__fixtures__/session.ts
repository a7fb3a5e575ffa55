import type { Capability } from "../../spec/capability.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { type LinePeer, type LineServer, lineServer } from "../../wire/__fixtures__/line-server.ts";
import { type Client, type ConnectClientOptions, connectClient } from "../index.ts";

/** A signal that never fires. */
export const never = new AbortController().signal;

/** What the scripted environment exposes. */
export const BINDING: Capability = {
  name: "shell",
  protocol: "ssh/2",
  url: "ssh://me:pw@127.0.0.1:2222/x?y#z",
  params: {},
};
/** What it answers to hello. */
export const HELLO: JsonObject = {
  session_id: "sess-1",
  env: { name: "exp", version: "1.2.3" },
  bindings: [{ name: "shell", protocol: "ssh/2", url: BINDING.url, params: null }],
};

/** A client and the peer that plays its environment. */
export interface Session extends AsyncDisposable {
  readonly client: Client;
  readonly peer: LinePeer;
  readonly server: LineServer;
  readonly hello: JsonObject;
}

/** A client that said hello; the peer answers its `bye`. */
export async function session(
  options: Partial<ConnectClientOptions> = {},
  answer: JsonObject = HELLO,
): Promise<Session> {
  const server = await lineServer();
  const connecting = connectClient({ connect: server.connect, signal: never, ...options });
  const peer = await server.accept();
  const hello = await peer.next("hello");
  peer.reply(hello, answer);
  const client = await connecting;
  return {
    client,
    peer,
    server,
    hello,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose](); // first, so that nobody waits for the reply to a bye
      await client.close();
    },
  };
}
