import type { Duplex } from "node:stream";
import { acquire, errorText, SdkError } from "@hud-ts/core/adapter";
import type { Capability, CapabilityClientFactory, CapabilityConnectOptions } from "@hud-ts/core/spec";
import { type ParamsParser, parseParams } from "./parse-params.ts";

/** What a client is made from. */
export interface CapabilityConnection<TParams> {
  /** The binding's params, as the definition's parser gave them. */
  readonly params: TParams;
  /** The binding as it stands in the manifest. */
  readonly binding: Capability;
  /** Bounds the connecting, not the connection. */
  readonly signal: AbortSignal;
  /** Opens one byte stream to the capability, through the control channel's tunnel where needed. The client closes it. */
  readonly dial: () => Promise<Duplex>;
  /** The capability's url on this machine, for libraries that must be given a url. Closed with the run. */
  readonly localUrl: () => Promise<string>;
}

/** A capability's client side, declared. */
export interface CapabilityDefinition<TParams, TClient> {
  /** Family and version (`echo/1`), or a family (`echo`) for every version of it. */
  readonly protocol: string;
  /** Reads what the environment published with the capability. */
  readonly params: ParamsParser<TParams>;
  /** Connects. Whoever opened the client disposes it, and the client what it dialled. */
  connect(connection: CapabilityConnection<TParams>): Promise<TClient & AsyncDisposable>;
}

const PROTOCOL = /^[a-z][a-z0-9+.-]*(?:\/[A-Za-z0-9][A-Za-z0-9.+-]*)?$/;

/**
 * Makes the factory that agents open a capability with: `run.open(echo)` is typed from it.
 * The factory refuses bindings of another protocol (CAPABILITY_UNSUPPORTED) and params that its client cannot use
 * (MANIFEST_INVALID); a connection that fails is CAPABILITY_CONNECT_FAILED; a client that arrives after its signal fired
 * is disposed.
 *
 * @throws INVALID_OPTION when the protocol is no `family/version` or `family`
 *
 * @example
 * ```ts
 * import { once } from "node:events";
 * import { defineCapability } from "@hud-ts/capabilities";
 *
 * export const echo = defineCapability({
 *   protocol: "echo/1",
 *   params: ({ greeting }) => ({ greeting: String(greeting ?? "") }),
 *   async connect({ params, dial }) {
 *     const stream = await dial();
 *     return {
 *       async say(text: string): Promise<string> {
 *         stream.write(`${params.greeting}${text}\n`);
 *         const [reply] = await once(stream, "data");
 *         return String(reply);
 *       },
 *       async [Symbol.asyncDispose]() {
 *         stream.destroy();
 *       },
 *     };
 *   },
 * });
 * ```
 */
export function defineCapability<TParams, TClient>(
  definition: CapabilityDefinition<TParams, TClient>,
): CapabilityClientFactory<TClient> {
  const { protocol } = definition;
  if (typeof protocol !== "string" || !PROTOCOL.test(protocol)) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `defineCapability: protocol must be family/version or family, as in echo/1, got ${JSON.stringify(protocol)}`,
    });
  }
  return {
    protocol,
    async connect(binding, options) {
      checkProtocol(protocol, binding);
      options.signal.throwIfAborted();
      const params = await parseParams(definition.params, binding);
      return await acquire(
        (signal) => connected(definition, { params, binding, ...streams(options), signal }),
        options.signal,
      );
    },
  };
}

function checkProtocol(protocol: string, binding: Capability): void {
  const family = binding.protocol.split("/", 1)[0];
  if (protocol === binding.protocol || protocol === family) return;
  throw new SdkError({
    code: "CAPABILITY_UNSUPPORTED",
    message: `capability '${binding.name}': expected protocol ${protocol}, got ${binding.protocol}`,
    hint: "Open it with the factory of its own protocol.",
  });
}

function streams(options: CapabilityConnectOptions): Pick<CapabilityConnectOptions, "dial" | "localUrl"> {
  return { dial: () => options.dial(), localUrl: () => options.localUrl() };
}

async function connected<TParams, TClient>(
  definition: CapabilityDefinition<TParams, TClient>,
  connection: CapabilityConnection<TParams>,
): Promise<TClient & AsyncDisposable> {
  try {
    return await definition.connect(connection);
  } catch (error) {
    if (SdkError.is(error) || connection.signal.aborted) throw error;
    const { name, protocol } = connection.binding;
    throw new SdkError({
      code: "CAPABILITY_CONNECT_FAILED",
      message: `capability '${name}' (${protocol}): ${errorText(error)}`,
      cause: error,
    });
  }
}
