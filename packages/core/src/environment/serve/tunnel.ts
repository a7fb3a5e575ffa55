import type { Duplex } from "node:stream";
import type { Capability } from "../../spec/capability.ts";
import type { Json } from "../../util/json-types.ts";
import { dialTcp } from "../../wire/dial.ts";
import { encodeFrame, type FrameStream } from "../../wire/frame-stream.ts";
import { joinStreams } from "../../wire/tunnel.ts";
import { pythonRepr } from "./python-text.ts";
import { Refusal } from "./refusal.ts";
import { type Request, readParams } from "./request.ts";

// The url class is no help: it hides a port that is its scheme's default, and the port must be spelled out.
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(?:\[([^\]/]+)\]|([^:/?#[\]]+)):(\d{1,5})(?:[/?#]|$)/i;

/** What a tunnel needs of its server. */
export interface TunnelOptions {
  readonly bindings: readonly Capability[];
  /** Ends the dialling and the tunnel. */
  readonly signal: AbortSignal;
}

/** Joins a connection whose first frame was `tunnel.open` to the capability it names, until both directions ended. */
export async function serveTunnel(frames: FrameStream, request: Request, options: TunnelOptions): Promise<void> {
  const { name, host, port } = resolveTarget(request, options.bindings);
  const backend = await dialTcp(host, port, options);
  try {
    if (request.id !== undefined) await frames.writeLine(acceptance(request.id, name));
    await joined(frames.detach(), backend, options.signal);
  } finally {
    backend.destroy();
  }
}

async function joined(stream: Duplex, backend: Duplex, signal: AbortSignal): Promise<void> {
  const stop = () => {
    stream.destroy();
    backend.destroy();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) stop();
    await joinStreams(stream, backend);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function resolveTarget(
  request: Request,
  bindings: readonly Capability[],
): { name: string; host: string; port: number } {
  const name = readParams(request)["capability"];
  if (typeof name !== "string") throw new Refusal("badParams", "tunnel.open: 'capability' must be a string");
  const capability = bindings.find((binding) => binding.name === name);
  // The reference answers with the repr of a key error's text, double quotes included.
  if (capability === undefined) throw new Refusal("failure", pythonRepr(`unknown capability: ${pythonRepr(name)}`));
  const [, v6, plain, digits] = AUTHORITY.exec(capability.url) ?? [];
  const host = v6 ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new Refusal("badParams", `capability ${pythonRepr(name)} has no host:port to tunnel to`);
  }
  return { name, host, port };
}

function acceptance(id: Json, capability: string): Buffer {
  return encodeFrame({ jsonrpc: "2.0", id, result: { capability } });
}
