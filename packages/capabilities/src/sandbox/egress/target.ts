import type { Allowlist } from "./allowlist.ts";
import { type Authority, isAddressOrLoopback, parseAuthority } from "./host-name.ts";
import { Refusal } from "./refusal.ts";

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** What a plain request asks for. */
export interface RequestTarget extends Authority {
  /** As it goes on in `Host`. */
  readonly authority: string;
  /** Path and query, untouched. */
  readonly path: string;
}

/**
 * Reads the target of a plain request, which a proxy gets in absolute form.
 *
 * @throws Refusal
 */
export function requestTarget(url: string, allowed: Allowlist): RequestTarget {
  const [, authority, rest] = /^http:\/\/([^/?#\\]+)([/?][^#]*)?$/i.exec(url) ?? [];
  if (authority === undefined) {
    throw new Refusal("invalid-target", "expected an absolute http:// address; https goes by CONNECT");
  }
  const target = permittedTarget(authority, { defaultPort: HTTP_PORT, allowed });
  const path = rest === undefined ? "/" : rest.startsWith("?") ? `/${rest}` : rest;
  const port = target.port === HTTP_PORT ? "" : `:${target.port}`;
  return { ...target, authority: `${target.host}${port}`, path };
}

/**
 * Reads the target of a CONNECT.
 *
 * @throws Refusal
 */
export function tunnelTarget(authority: string, allowed: Allowlist): Authority {
  return permittedTarget(authority, { defaultPort: HTTPS_PORT, allowed });
}

function permittedTarget(
  text: string,
  { defaultPort, allowed }: { readonly defaultPort: number; readonly allowed: Allowlist },
): Authority {
  if (isAddressOrLoopback(text))
    throw new Refusal("blocked-by-address", "hosts are reached by their public names only");
  const target = parseAuthority(text, defaultPort);
  if (target === undefined) throw new Refusal("invalid-target", "expected a host name, with a port or without");
  if (!allowed.permits(target.host)) {
    throw new Refusal("blocked-by-allowlist", `${target.host} is not among the allowed hosts`);
  }
  return target;
}
