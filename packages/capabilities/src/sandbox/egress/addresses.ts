import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { SdkError } from "@hud-ts/core/adapter";

// IANA special-purpose registries (RFC 6890 and its updates): what is not globally reachable, and multicast.
const NOT_GLOBAL_V4 =
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
  "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";
// Also the forms that carry an IPv4 address to a translator: NAT64, 6to4, Teredo, and the IPv4-compatible ones.
const NOT_GLOBAL_V6 =
  "::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8";

const notGlobal = blockList(`${NOT_GLOBAL_V4} ${NOT_GLOBAL_V6}`.split(" "));

/** Tells which addresses may be dialled. */
export type AddressRule = (address: string) => boolean;

/**
 * The rule for addresses: public ones that are not this machine's own, and those in `allowed`.
 *
 * @param allowed ranges in CIDR form, or single addresses
 * @throws INVALID_OPTION for what is no range
 */
export function addressRule(allowed: readonly string[]): AddressRule {
  const exceptions = blockList(allowed);
  return (address) => {
    const plain = unmapped(address);
    if (isIP(plain) === 0) return false;
    return contains(exceptions, plain) || (!contains(notGlobal, plain) && !isOwn(plain));
  };
}

/** An IPv4 address that came in IPv6 clothes, as the IPv4 address that would be dialled. */
function unmapped(address: string): string {
  const bare = address.replace(/%.*$/, "").toLowerCase();
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (dotted !== undefined) return dotted;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare) ?? [];
  if (high === undefined || low === undefined) return bare;
  const [left, right] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${left >> 8}.${left & 255}.${right >> 8}.${right & 255}`;
}

// What listens on a public address of this machine is a neighbour of the control channel, not the internet.
function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.address === address));
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    const family = isIP(address);
    const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
    if (family === 0 || !/^\d{0,3}$/.test(prefix ?? "") || prefix === "" || bits > (family === 6 ? 128 : 32)) {
      throw new SdkError({
        code: "INVALID_OPTION",
        message: `allowedAddresses: expected an address range such as "10.1.0.0/16", got ${JSON.stringify(range)}`,
      });
    }
    list.addSubnet(address, bits, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
