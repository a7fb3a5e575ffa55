import { isIP } from "node:net";
import { domainToASCII } from "node:url";

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/** Host and port of a request, the host as {@link hostName} has it. */
export interface Authority {
  readonly host: string;
  readonly port: number;
}

/**
 * The one spelling of a DNS name: lower case, without a dot at its end. Undefined for what is none: an address in any
 * spelling that a resolver would take for one (`127.1`, `0x7f000001`, `[::1]`), escapes, blanks, the empty text.
 */
export function hostName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, "");
  // The URL parser's idea of a host: what it turns into an address, a resolver may too.
  if (!DNS_NAME.test(name) || domainToASCII(name) !== name || isIP(name) !== 0) return undefined;
  return name;
}

/** Reads `host` or `host:port`. Undefined when it is neither, or the host is no DNS name. */
export function parseAuthority(text: string, defaultPort: number): Authority | undefined {
  const match = /^([^:@/\s]+)(?::(\d{1,5}))?$/.exec(text);
  const host = hostName(match?.[1] ?? "");
  const port = Number(match?.[2] ?? defaultPort);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** Whether a target is an address or a loopback name: never the internet, whatever is allowed. */
export function isAddressOrLoopback(text: string): boolean {
  const host = text.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  if (host.startsWith("[") || host === "localhost" || host.endsWith(".localhost")) return true;
  return isIP(text) !== 0 || isIP(host) !== 0 || isIP(domainToASCII(host)) !== 0;
}
