import type { Duplex } from "node:stream";
import { errorText, SdkError, toSdkError } from "../errors/sdk-error.ts";
import type { Capability, CapabilityClientFactory } from "../spec/capability.ts";
import { delay } from "../util/clock.ts";
import { Scope } from "../util/scope.ts";
import { WIRE_CODES } from "../wire/frame.ts";
import { isConnectionError } from "./connection-error.ts";
import { Forwarder } from "./forwarder.ts";
import { matchCapability } from "./match-capability.ts";
import type { Connect } from "./open-stream.ts";
import { openTunnel } from "./open-tunnel.ts";
import { ProtocolError } from "./protocol-error.ts";

// A service that is coming up refuses its first connection; the reference waits the same.
const RETRY_DELAYS_MS = [250, 500] as const;

/** Where capabilities are reached. */
export interface CapabilityClientsOptions {
  readonly bindings: readonly Capability[];
  readonly connect: Connect;
  readonly token: string | undefined;
}

/** The capability clients of one session: opened once each, closed together with their forwarders and tunnels. */
export class CapabilityClients {
  readonly #options: CapabilityClientsOptions;
  readonly #scope = new Scope();
  readonly #closed = new AbortController();
  readonly #opened = new Map<string, Promise<unknown>>();
  readonly #forwarders = new Map<string, Promise<Forwarder>>();
  readonly #tunnels = new Set<Duplex>();

  constructor(options: CapabilityClientsOptions) {
    this.#options = options;
  }

  async open<TClient>(
    factory: CapabilityClientFactory<TClient>,
    ref: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<TClient> {
    signal?.throwIfAborted();
    const binding = matchCapability(this.#options.bindings, factory.protocol, ref);
    const opened = this.#opened.get(binding.name);
    if (opened !== undefined) return (await opened) as TClient;
    const opening = this.#connect(factory, binding, signal);
    this.#opened.set(binding.name, opening);
    try {
      return await opening;
    } catch (error) {
      this.#opened.delete(binding.name);
      throw error;
    }
  }

  /** Closes clients, then forwarders and tunnels; what is being opened fails. */
  async close(): Promise<void> {
    this.#closed.abort(new SdkError({ code: "CLOSED", message: "the client is closed" }));
    try {
      await this.#scope.close();
    } finally {
      for (const tunnel of this.#tunnels) tunnel.destroy();
    }
  }

  async #connect<TClient>(
    factory: CapabilityClientFactory<TClient>,
    binding: Capability,
    signal: AbortSignal | undefined,
  ): Promise<TClient> {
    const connecting = AbortSignal.any([this.#closed.signal, ...(signal ? [signal] : [])]);
    let bound = connecting;
    const options = {
      signal: connecting,
      dial: () => this.#dial(binding, bound),
      localUrl: async () => (await this.#forwarder(binding)).url,
    };
    const client = await withRetries(binding, () => factory.connect(binding, options), connecting);
    bound = this.#closed.signal;
    await this.#scope.add(() => client[Symbol.asyncDispose]());
    connecting.throwIfAborted();
    return client;
  }

  async #dial(binding: Capability, signal: AbortSignal): Promise<Duplex> {
    const { connect, token } = this.#options;
    const tunnel = await openTunnel({ connect, token, capability: binding.name, signal });
    this.#tunnels.add(tunnel);
    tunnel.once("close", () => this.#tunnels.delete(tunnel));
    return tunnel;
  }

  async #forwarder(binding: Capability): Promise<Forwarder> {
    const existing = this.#forwarders.get(binding.name);
    if (existing !== undefined) return await existing;
    const starting = Forwarder.start(binding.url, () => this.#dial(binding, this.#closed.signal));
    this.#forwarders.set(binding.name, starting);
    const forwarder = await starting;
    await this.#scope.add(() => forwarder.close());
    return forwarder;
  }
}

async function withRetries<T>(binding: Capability, attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const wait = RETRY_DELAYS_MS[failures];
      if (!mayRetry(error)) throw toSdkError(error, "CAPABILITY_CONNECT_FAILED");
      if (wait === undefined) throw notReached(binding, error);
      await delay(wait, signal);
    }
  }
}

function mayRetry(error: unknown): boolean {
  if (error instanceof ProtocolError)
    return error.code === "CAPABILITY_CONNECT_FAILED" && error.wireCode === WIRE_CODES.failure;
  return isConnectionError(error);
}

function notReached(binding: Capability, error: unknown): SdkError {
  return new SdkError({
    code: "CAPABILITY_CONNECT_FAILED",
    message: `capability '${binding.name}' (${binding.protocol}) could not be reached: ${errorText(error)}`,
    cause: error,
  });
}
