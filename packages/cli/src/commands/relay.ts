import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errorText, LineSplitter } from "@hud-ts/core/adapter";
import type { JsonObject } from "@hud-ts/core/spec";
import type { CliContext } from "../context.ts";
import { Interruption } from "../interruption.ts";
import { remoteLease } from "../remote-environment.ts";
import { aborted } from "./aborted.ts";

/** Options of `hud relay`. */
export interface RelayOptions {
  readonly url: string;
  readonly port: number;
  readonly tokenFile?: string;
}

// Before its token is known to be right a server reads no more than this of a first frame.
const FIRST_FRAME_BYTES = 65_536;
const LEADING_METHODS = new Set(["hello", "tunnel.open"]);

/** A loopback port whose connections reach a protected environment with its token added: for peers that know none. */
export async function relayCommand(context: CliContext, options: RelayOptions): Promise<number> {
  const { output, signal } = context;
  await using lease = await remoteLease(context, options);

  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    relayConnection(socket, { token: lease.token, connect: () => lease.connect({ signal }) }).catch(
      (error: unknown) => {
        socket.destroy();
        if (!signal.aborted) output.note(`connection ended: ${errorText(error)}`);
      },
    );
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  output.note(
    `Relaying tcp://127.0.0.1:${port} to ${options.url}; whoever reaches the port needs no token. Ctrl-C stops it.`,
  );
  output.data(`HUD_SERVE_PORT=${port}`);
  output.document({ url: `tcp://127.0.0.1:${port}`, port, target: options.url, pid: process.pid });
  await aborted(signal);
  server.close();
  for (const socket of sockets) socket.destroy();
  output.note("Stopped.");
  return signal.reason instanceof Interruption && signal.reason.signal === "SIGTERM" ? signal.reason.exitCode : 0;
}

/** Joins one connection to the environment, its first frame carrying the token. */
async function relayConnection(
  socket: Socket,
  target: { readonly token: string | undefined; connect(): Promise<Duplex> },
): Promise<void> {
  const upstream = await target.connect();
  try {
    const first = await firstLine(socket);
    if (first === undefined) return;
    const { token } = target;
    upstream.write(token === undefined ? Buffer.concat([first.line, NEWLINE]) : withToken(first.line, token));
    upstream.write(first.rest);
    await Promise.all([pipeline(socket, upstream), pipeline(upstream, socket)]);
  } finally {
    upstream.destroy();
    socket.destroy();
  }
}

const NEWLINE = Buffer.from("\n");

/** The first frame with the token in it. One that is neither a hello nor a tunnel is left as it is, for the server to refuse. */
function withToken(line: Buffer, token: string): Buffer {
  try {
    const frame = JSON.parse(line.toString("utf8")) as JsonObject;
    if (!LEADING_METHODS.has(String(frame["method"]))) return Buffer.concat([line, NEWLINE]);
    const params = (frame["params"] ?? {}) as JsonObject;
    return Buffer.from(`${JSON.stringify({ ...frame, params: { ...params, token } })}\n`);
  } catch {
    return Buffer.concat([line, NEWLINE]);
  }
}

async function firstLine(socket: Socket): Promise<{ line: Buffer; rest: Buffer } | undefined> {
  const splitter = new LineSplitter(FIRST_FRAME_BYTES);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const found = splitter.push(chunk as Buffer);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
