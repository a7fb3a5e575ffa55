import { errorText, SdkError } from "../../errors/sdk-error.ts";
import { randomToken } from "../../util/ids.ts";
import { Scope } from "../../util/scope.ts";
import { settlesWithin } from "../../util/settles-within.ts";
import { type ControlAddress, formatControlUrl } from "../../wire/control-url.ts";
import type { ServedEnvironment } from "../definition.ts";
import { ControlServer } from "./control-server.ts";
import {
  type ControlServerOptions,
  type ResolvedControlServerOptions,
  resolveControlServerOptions,
} from "./control-server-options.ts";
import { type Listener, listen } from "./listen.ts";

// Shutdown hooks and daemons: containers and browsers take seconds.
const STOP_TIMEOUT_MS = 30_000;

/** Where and how {@link serve} listens. */
export interface ServeOptions extends Omit<ControlServerOptions, "token"> {
  /** Address to bind. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** 0 to 65535; 0 takes a free port. @default 0 */
  readonly port?: number | undefined;
  /** A Unix socket instead of a port: an absolute path, readable by this user only. */
  readonly path?: string | undefined;
  /** What peers must show; `null` trusts whoever can connect. @default a random token */
  readonly token?: string | null | undefined;
  /** Gives up the starting; once the server runs it has no effect. */
  readonly signal?: AbortSignal | undefined;
  /** Is given the line `HUD_SERVE_PORT=<port>`, without newline, when peers can connect. Spawners wait for it on stdout. */
  readonly announce?: ((line: string) => void) | undefined;
}

/** A served environment. Whoever called {@link serve} closes it. */
export interface Server extends AsyncDisposable {
  /** What clients connect to: `tcp://127.0.0.1:8765` or `unix:///path`. */
  readonly url: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** What clients must show; null when nothing. A secret: hand it on by file or environment, never by arguments. */
  readonly token: string | null;
  /**
   * Stops listening, closes every connection, cancels every task, stops the environment. Idempotent; waits for no peer, and for task
   * code and hooks within bounds.
   */
  close(): Promise<void>;
}

/**
 * Starts an environment and serves its control channel.
 *
 * @throws PORT_IN_USE with the port and, on Linux, who holds it
 * @throws ENVIRONMENT_START_FAILED from the environment; nothing stays started
 * @throws INVALID_OPTION
 *
 * @example
 * ```ts
 * await using server = await serve(env, { port: 8765 });
 * console.log(server.url);
 * ```
 */
export async function serve(environment: ServedEnvironment, options: ServeOptions = {}): Promise<Server> {
  const token = options.token === undefined ? randomToken() : options.token;
  const settings = resolveControlServerOptions({ ...options, token: token ?? undefined });
  const address = resolveAddress(options);
  const signal = options.signal ?? new AbortController().signal;
  if (token === null) warnIfExposed(address, settings);

  const scope = new Scope();
  try {
    await environment.start({ signal });
    await scope.add(() => stopEnvironment(environment, settings));
    const control = new ControlServer(environment, settings);
    const listener = await listen(address, (socket) => control.accept(socket));
    await scope.add(() => Promise.all([listener.close(), control.close()]));
    signal.throwIfAborted();
    options.announce?.(`HUD_SERVE_PORT=${portOf(listener)}`);
    return serverOf(listener, token, scope);
  } catch (error) {
    await scope.close();
    throw error;
  }
}

function serverOf(listener: Listener, token: string | null, scope: Scope): Server {
  const { address } = listener;
  const close = () => scope.close();
  const reachable = address.kind === "tcp" && isWildcard(address.host) ? { ...address, host: "127.0.0.1" } : address;
  return { url: formatControlUrl(reachable), port: portOf(listener), token, close, [Symbol.asyncDispose]: close };
}

function resolveAddress({ host = "127.0.0.1", port = 0, path }: ServeOptions): ControlAddress {
  if (path !== undefined) {
    if (path.startsWith("/")) return { kind: "unix", path };
    throw new SdkError({ code: "INVALID_OPTION", message: `path is '${path}', expected an absolute path` });
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new SdkError({ code: "INVALID_OPTION", message: `port is ${port}, expected 0 to 65535` });
  }
  return { kind: "tcp", host, port };
}

async function stopEnvironment(environment: ServedEnvironment, settings: ResolvedControlServerOptions): Promise<void> {
  const { clock, onWarning } = settings;
  const stopped = environment.stop().then(
    (failures) => {
      for (const failure of failures) onWarning(`environment did not stop cleanly: ${errorText(failure)}`);
    },
    (error: unknown) => onWarning(`environment did not stop: ${errorText(error)}`),
  );
  if (await settlesWithin(stopped, STOP_TIMEOUT_MS, clock)) return;
  onWarning(`environment did not stop within ${STOP_TIMEOUT_MS} ms`);
}

function warnIfExposed(address: ControlAddress, { onWarning }: ResolvedControlServerOptions): void {
  if (address.kind === "unix" || isLoopback(address.host)) return;
  onWarning(
    `serving without a token on ${address.host}: whoever reaches this port can run tasks and read their grades`,
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function portOf({ address }: Listener): number {
  return address.kind === "tcp" ? address.port : 0;
}
