// RFC 9110 section 7.6.1, and what clients tell a proxy. Expect has been answered by the proxy itself.
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Name and value in turn, as they stood on the wire. */
export type RawHeaders = readonly string[];

/** The headers that go on to the next hop: without those for this one, which `Connection` may extend. */
export function endToEndHeaders(headers: RawHeaders, alsoWithout: readonly string[] = []): string[] {
  const dropped = new Set([...HOP_BY_HOP, ...alsoWithout, ...connectionOptions(headers)]);
  return pairs(headers).flatMap(([name, value]) => (dropped.has(name.toLowerCase()) ? [] : [name, value]));
}

function connectionOptions(headers: RawHeaders): string[] {
  return pairs(headers)
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.split(",").map((option) => option.trim().toLowerCase()));
}

function pairs(headers: RawHeaders): [name: string, value: string][] {
  return headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1] ?? ""]] : []));
}
