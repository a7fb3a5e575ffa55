import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onAbort, withResolvers } from "@hud-ts/core/adapter";
import type { Capability, CapabilityClientFactory } from "@hud-ts/core/spec";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type CapabilityDefinition, defineCapability } from "./define-capability.ts";
import type { ParamsSchema } from "./parse-params.ts";

/** A real service on a real port that sends back what it gets. */
async function startEcho() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => {}));
    socket.pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function dialTcp(port: number): Promise<Duplex> {
  const socket = connectTcp(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

interface EchoClient {
  say(text: string): Promise<string>;
}

async function echoClient(stream: Duplex, prefix: string): Promise<EchoClient & AsyncDisposable> {
  return {
    async say(text) {
      const sent = prefix + text;
      let got = "";
      stream.write(sent);
      while (got.length < sent.length) got += String((await once(stream, "data"))[0]);
      return got;
    },
    async [Symbol.asyncDispose]() {
      stream.destroy();
      if (!stream.closed) await once(stream, "close");
    },
  };
}

const echo = defineCapability({
  protocol: "echo/1",
  params: ({ prefix }) => {
    if (typeof prefix !== "string") throw new Error("prefix must be a text");
    return { prefix };
  },
  connect: async ({ params, dial }) => await echoClient(await dial(), params.prefix),
});

const binding = (port: number, more: Partial<Capability> = {}): Capability => ({
  name: "echo",
  protocol: "echo/1",
  url: `tcp://127.0.0.1:${port}`,
  params: { prefix: "> " },
  ...more,
});

const optionsFor = (port: number, signal = new AbortController().signal) => ({
  signal,
  dial: () => dialTcp(port),
  localUrl: async () => `tcp://127.0.0.1:${port}`,
});

describe("a defined capability", () => {
  test("connects over dial with parsed params, and closes its stream", async () => {
    await using service = await startEcho();
    {
      await using client = await echo.connect(binding(service.port), optionsFor(service.port));
      expect(await client.say("hello")).toBe("> hello");
      const large = "x".repeat(300_000);
      expect(await client.say(large)).toBe(`> ${large}`);
    }
    const [socket] = service.sockets;
    if (socket !== undefined) await once(socket, "close");
    expect(service.sockets.size).toBe(0);
  });

  test("gives what else a client may need", async () => {
    await using service = await startEcho();
    const seen: unknown[] = [];
    const nosy = defineCapability({
      protocol: "echo",
      params: (params) => params,
      async connect({ binding: given, localUrl, params }) {
        seen.push(given.name, await localUrl(), params);
        return { async [Symbol.asyncDispose]() {} };
      },
    });
    await using _client = await nosy.connect(binding(service.port, { protocol: "echo/7" }), optionsFor(service.port));
    expect(seen).toEqual(["echo", `tcp://127.0.0.1:${service.port}`, { prefix: "> " }]);
  });

  test("is typed from its definition", () => {
    expectTypeOf(echo).toEqualTypeOf<CapabilityClientFactory<EchoClient>>();
  });

  test.each(["echo/2", "echoes/1", "tcp"])("refuses the protocol %s", async (protocol) => {
    await expect(echo.connect(binding(1, { protocol }), optionsFor(1))).rejects.toMatchObject({
      code: "CAPABILITY_UNSUPPORTED",
      message: `capability 'echo': expected protocol echo/1, got ${protocol}`,
    });
  });

  test("refuses params that its parser throws for", async () => {
    await expect(echo.connect(binding(1, { params: {} }), optionsFor(1))).rejects.toMatchObject({
      code: "MANIFEST_INVALID",
      message: "capability 'echo': its params are not those of echo/1: prefix must be a text",
    });
  });

  test("reads params by a Standard Schema, sync or not", async () => {
    await using service = await startEcho();
    const schema: ParamsSchema<{ prefix: string }> = {
      "~standard": {
        async validate(value) {
          const { prefix } = value as { prefix?: unknown };
          if (typeof prefix === "string") return { value: { prefix: prefix.trim() } };
          return { issues: [{ message: "expected string", path: ["prefix", { key: 0 }] }, { message: "no more" }] };
        },
      },
    };
    const connect = async ({ params, dial }: { params: { prefix: string }; dial: () => Promise<Duplex> }) =>
      echoClient(await dial(), params.prefix);
    const trimmed = defineCapability({ protocol: "echo/1", params: schema, connect });
    await using client = await trimmed.connect(binding(service.port), optionsFor(service.port));
    expect(await client.say("hello")).toBe(">hello");
    await expect(trimmed.connect(binding(1, { params: {} }), optionsFor(1))).rejects.toThrow(
      "capability 'echo': its params are not those of echo/1: prefix.0: expected string; no more",
    );
  });

  test("a connection that fails says which capability it was", async () => {
    const gone = await startEcho();
    await gone[Symbol.asyncDispose]();
    await expect(echo.connect(binding(gone.port), optionsFor(gone.port))).rejects.toMatchObject({
      code: "CAPABILITY_CONNECT_FAILED",
      message: expect.stringContaining("capability 'echo' (echo/1): connect ECONNREFUSED"),
    });
  });

  test("a signal that has fired, fires or fired too late leaves no connection", async () => {
    await using service = await startEcho();
    const reason = new Error("given up");
    await expect(echo.connect(binding(service.port), optionsFor(service.port, AbortSignal.abort(reason)))).rejects.toBe(
      reason,
    );
    expect(service.sockets.size).toBe(0);

    const controller = new AbortController();
    const late = withResolvers<void>();
    const disposed = withResolvers<void>();
    const slow = defineCapability({
      protocol: "echo/1",
      params: () => null,
      async connect({ dial }) {
        const stream = await dial();
        controller.abort(reason);
        await late.promise;
        return { stream, [Symbol.asyncDispose]: async () => disposed.resolve(void stream.destroy()) };
      },
    });
    await expect(slow.connect(binding(service.port), optionsFor(service.port, controller.signal))).rejects.toBe(reason);
    late.resolve(undefined);
    await disposed.promise;
  });

  test("a client that heeds the signal ends with its reason", async () => {
    const controller = new AbortController();
    const reason = new Error("given up");
    const heedful = defineCapability({
      protocol: "echo/1",
      params: () => null,
      connect: ({ signal }) =>
        new Promise<AsyncDisposable>((_resolve, reject) => onAbort(signal, () => reject(signal.reason))),
    });
    const connecting = heedful.connect(binding(1), optionsFor(1, controller.signal));
    controller.abort(reason);
    await expect(connecting).rejects.toBe(reason);
  });
});

describe("defineCapability", () => {
  test.each(["", "Echo/1", "echo/", "/1", "echo/1/2", "echo 1"])("refuses the protocol %j", (protocol) => {
    const definition: CapabilityDefinition<null, object> = {
      protocol,
      params: () => null,
      connect: () => expect.unreachable(),
    };
    expect(() => defineCapability(definition)).toThrow(
      `protocol must be family/version or family, as in echo/1, got ${JSON.stringify(protocol)}`,
    );
  });

  test.each(["ssh", "ssh/2", "mcp/2025-11-25", "openpi/0"])("takes the protocol %s", (protocol) => {
    expect(defineCapability({ protocol, params: () => null, connect: () => expect.unreachable() }).protocol).toBe(
      protocol,
    );
  });
});
