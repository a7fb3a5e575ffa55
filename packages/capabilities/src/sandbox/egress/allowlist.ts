import { domainToASCII } from "node:url";
import { SdkError } from "@hud-ts/core/adapter";
import { hostName, isAddressOrLoopback } from "./host-name.ts";

/** Which hosts may be reached. */
export interface Allowlist {
  /** @param host as {@link hostName} has it */
  permits(host: string): boolean;
}

/**
 * Reads a list of allowed hosts. A host stands for itself and its subdomains, in any case and with or without a dot at
 * its end; `*` stands for every host. Names of this machine are never among them.
 *
 * @throws INVALID_OPTION for what is no host name
 */
export function allowlist(entries: readonly string[]): Allowlist {
  const any = entries.includes("*");
  const names = entries.filter((entry) => entry !== "*").map(allowedName);
  return {
    permits: (host) =>
      !isAddressOrLoopback(host) && (any || names.some((name) => host === name || host.endsWith(`.${name}`))),
  };
}

function allowedName(entry: string): string {
  const name = hostName(domainToASCII(entry));
  if (name !== undefined && !isAddressOrLoopback(name)) return name;
  throw new SdkError({
    code: "INVALID_OPTION",
    message: `allowedHosts: expected a host name or "*", got ${JSON.stringify(entry)}`,
    hint: hintFor(entry),
  });
}

function hintFor(entry: string): string {
  if (entry.startsWith("*.")) return `Write ${JSON.stringify(entry.slice(2))}: subdomains are included.`;
  if (entry.includes("://")) return "Write the host alone, without scheme, port and path.";
  if (isAddressOrLoopback(entry))
    return "Only names can be allowed; a service of this machine is brought in with provide().";
  return 'Write a name such as "packages.example.com"; ports are not part of the rule.';
}
