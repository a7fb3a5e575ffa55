import type { Socket } from "node:net";
import { expect, test } from "vitest";
import type { CapabilityClientFactory } from "../spec/capability.ts";
import { drainText } from "../wire/__fixtures__/drain.ts";
import { GOLDEN_REPLIES, GOLDEN_REQUESTS } from "../wire/__fixtures__/golden-frames.ts";
import type { LineServer } from "../wire/__fixtures__/line-server.ts";
import { dialTcp } from "../wire/dial.ts";
import { BINDING, HELLO, session } from "./__fixtures__/session.ts";

// What opens a capability in these tests: one byte stream.
interface Echo extends AsyncDisposable {
  send(text: string): Promise<string>;
}

const closed: string[] = [];
const echo: CapabilityClientFactory<Echo> = {
  protocol: "ssh",
  async connect(binding, options) {
    const stream = await options.dial();
    return {
      async send(text) {
        stream.end(text);
        return await drainText(stream);
      },
      async [Symbol.asyncDispose]() {
        closed.push(binding.name);
        stream.destroy();
      },
    };
  },
};

async function acceptTunnel(server: LineServer): Promise<Socket> {
  const peer = await server.accept();
  expect(await peer.nextLine()).toBe(GOLDEN_REQUESTS.tunnel);
  peer.write(GOLDEN_REPLIES.tunnel);
  return peer.detach();
}

test("a capability opens over a tunnel of its own, once, and closes with the client", async () => {
  closed.length = 0;
  await using fixture = await session();
  const { client, server } = fixture;
  const opening = Promise.all([client.open(echo), client.open(echo, "shell"), client.open(echo, "ssh/2")]);
  const tunnel = await acceptTunnel(server);
  const [first, second, third] = await opening;
  expect(second).toBe(first);
  expect(third).toBe(first);
  const sending = first.send("ping");
  expect(await drainText(tunnel)).toBe("ping");
  tunnel.end("pong");
  expect(await sending).toBe("pong");
  await client.closeOpened();
  expect(closed).toEqual(["shell"]);
  const again = client.open(echo);
  await acceptTunnel(server);
  expect(await again).not.toBe(first);
});

test("a tunnel carries the token", async () => {
  await using fixture = await session({ token: "secret" });
  const opening = fixture.client.open(echo);
  const peer = await fixture.server.accept();
  const request = await peer.next("tunnel.open");
  expect(request["params"]).toEqual({ capability: "shell", token: "secret" });
  peer.reply(request, { capability: "shell" });
  await opening;
});

test("a capability that is unknown, ambiguous or of another protocol names what there is", async () => {
  const bindings = [BINDING, { ...BINDING, name: "other" }].map((binding) => ({ ...binding }));
  await using fixture = await session({}, { ...HELLO, bindings });
  const { client } = fixture;
  await expect(client.open(echo, "nope")).rejects.toThrow(
    "no capability 'nope'; the environment exposes shell (ssh/2), other (ssh/2)",
  );
  await expect(client.open(echo)).rejects.toThrow("capability 'ssh' is ambiguous: shell (ssh/2), other (ssh/2)");
  await expect(client.open({ ...echo, protocol: "mcp/2025-11-25" }, "shell")).rejects.toMatchObject({
    code: "CAPABILITY_UNSUPPORTED",
  });
});

test("a connection that fails is tried three times, a refusal once", async () => {
  await using fixture = await session();
  const { client, server } = fixture;
  const opening = client.open(echo);
  opening.catch(() => {});
  for (let attempt = 0; attempt < 3; attempt++) (await server.accept()).socket.destroy();
  await expect(opening).rejects.toMatchObject({ code: "CAPABILITY_CONNECT_FAILED" });
  const refused = client.open(echo);
  refused.catch(() => {});
  const peer = await server.accept();
  await peer.next("tunnel.open");
  peer.write(GOLDEN_REPLIES.unknownCapability);
  await expect(refused).rejects.toMatchObject({
    code: "UNKNOWN_CAPABILITY",
    wireMessage: "\"unknown capability: 'shell'\"",
  });
});

test("the local url leads to the capability, keeping path, query, user name and password", async () => {
  await using fixture = await session();
  const { client, server } = fixture;
  const urls = await client.open({
    protocol: "ssh/2",
    connect: async (_binding, options) => ({
      urls: await Promise.all([options.localUrl(), options.localUrl()]),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
  const [url] = urls.urls;
  expect(urls.urls[1]).toBe(url);
  const port = Number(/^ssh:\/\/me:pw@127\.0\.0\.1:(\d+)\/x\?y#z$/.exec(url ?? "")?.[1]);
  const local = await dialTcp("127.0.0.1", port);
  const tunnel = await acceptTunnel(server);
  local.end("ping");
  expect(await drainText(tunnel)).toBe("ping");
  tunnel.end("pong");
  expect(await drainText(local)).toBe("pong");
  await client.closeOpened();
  await expect(dialTcp("127.0.0.1", port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
