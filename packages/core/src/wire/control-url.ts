import { SdkError } from "../errors/sdk-error.ts";

/** Where a control channel is served. */
export type ControlAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

// `host:port` or `[v6]:port`, nothing before and nothing behind: user names, paths and queries mean nothing here.
const HOST_PORT = /^(?:\[(?<v6>[0-9A-Fa-f:.]+(?:%[^\]]+)?)\]|(?<host>[^:/?#@[\]\s]+)):(?<port>\d{1,5})\/?$/;
const SCHEME = /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\/(?<rest>.*)$/s;

/**
 * Reads a control url: `tcp://host:port`, `host:port` or `unix:///path`.
 *
 * @throws INVALID_OPTION
 */
export function parseControlUrl(url: string): ControlAddress {
  const parts = SCHEME.exec(url)?.groups;
  const scheme = (parts?.["scheme"] ?? "tcp").toLowerCase();
  const rest = parts?.["rest"] ?? url;
  if (scheme === "tcp") return parseHostPort(rest);
  if (scheme === "unix") return parsePath(rest);
  throw invalid(`control url has the scheme '${scheme}://', expected tcp:// or unix://`);
}

/** The url of an address; what {@link parseControlUrl} reads back. */
export function formatControlUrl(address: ControlAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `tcp://${host}:${address.port}`;
}

function parseHostPort(text: string): ControlAddress {
  if (text.includes("@")) throw invalid("control url carries user information, which the control channel does not use");
  const groups = HOST_PORT.exec(text)?.groups;
  const host = groups?.["v6"] ?? groups?.["host"];
  if (host === undefined) throw invalid(`control url is '${text}', expected host:port`);
  const port = Number(groups?.["port"]);
  if (port < 1 || port > 65_535) throw invalid(`control url has the port ${port}, expected 1 to 65535`);
  return { kind: "tcp", host, port };
}

function parsePath(path: string): ControlAddress {
  if (!path.startsWith("/") || path.length < 2) {
    throw invalid(`control url is 'unix://${path}', expected an absolute path: unix:///path/to/socket`);
  }
  return { kind: "unix", path };
}

function invalid(message: string): SdkError {
  return new SdkError({
    code: "INVALID_OPTION",
    message,
    hint: "Write tcp://127.0.0.1:8765, 127.0.0.1:8765 or unix:///path/to/socket.",
  });
}
