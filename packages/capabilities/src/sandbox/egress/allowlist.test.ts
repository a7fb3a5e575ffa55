import { SdkError } from "@hud-ts/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowlist } from "./allowlist.ts";
import { Refusal } from "./refusal.ts";
import { requestTarget, tunnelTarget } from "./target.ts";

const reason = (run: () => unknown) => {
  try {
    return run();
  } catch (error) {
    return error instanceof Refusal ? error.reason : error;
  }
};

describe("a list of hosts", () => {
  test.each([
    ["example.com", "example.com:443", true],
    ["example.com", "EXAMPLE.com:443", true],
    ["Example.COM", "example.com:443", true],
    ["example.com", "example.com.:443", true],
    ["example.com.", "example.com:443", true],
    ["example.com", "a.b.example.com:443", true],
    ["example.com", "notexample.com:443", false],
    ["example.com", "example.com.evil.org:443", false],
    ["example.com", "com:443", false],
    ["example.com", "example.org:443", false],
    ["bücher.example", "xn--bcher-kva.example:443", true],
    ["my_host.example", "my_host.example", true],
    ["*", "anything.example:8443", true],
  ])("%s permits %s: %s", (entry, target, permitted) => {
    const got = reason(() => tunnelTarget(target, allowlist([entry])));
    if (permitted) expect(got).toMatchObject({ host: expect.any(String) });
    else expect(got).toBe("blocked-by-allowlist");
  });

  test.each([
    "127.0.0.1:80",
    "127.1:80",
    "0x7f.1:80",
    "2130706433:80",
    "017700000001:80",
    "93.184.216.34:443",
    "[::1]:80",
    "[::ffff:127.0.0.1]:80",
    "::1",
    "localhost:443",
    "LOCALHOST.:443",
    "control.localhost:443",
  ])("no list permits the address or loopback name %s", (target) => {
    expect(reason(() => tunnelTarget(target, allowlist(["*"])))).toBe("blocked-by-address");
  });

  test.each([
    "",
    ":443",
    "a b:80",
    "user@example.com:443",
    "example.com:0",
    "example.com:65536",
    "example.com:x",
    "ex%61mple.com:80",
    "a..b:80",
    "-a.com:1x",
  ])("%j is no target", (target) => {
    expect(reason(() => tunnelTarget(target, allowlist(["*"])))).toBe("invalid-target");
  });

  test.each([
    ["*.example.com", 'Write "example.com": subdomains are included.'],
    ["https://example.com", "Write the host alone, without scheme, port and path."],
    ["127.0.0.1", "Only names can be allowed; a service of this machine is brought in with provide()."],
    ["localhost", "Only names can be allowed; a service of this machine is brought in with provide()."],
    ["example.com:443", 'Write a name such as "packages.example.com"; ports are not part of the rule.'],
    ["", 'Write a name such as "packages.example.com"; ports are not part of the rule.'],
  ])("the entry %j is refused with what to write instead", (entry, hint) => {
    const error = reason(() => allowlist([entry]));
    expect(SdkError.is(error, "INVALID_OPTION")).toBe(true);
    expect(error).toMatchObject({ hint });
  });

  test("whatever text is asked for, what passes is the entry or ends in it behind a dot", () => {
    const allowed = allowlist(["example.com"]);
    const part = fc.constantFrom(
      "example.com",
      ".",
      "evil",
      "@",
      ":",
      "/",
      "#",
      "\\",
      "[",
      "127.0.0.1",
      "%2e",
      "\0",
      "é",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const got = reason(() => tunnelTarget(parts.join(""), allowed));
        if (typeof got === "object" && got !== null && "host" in got)
          expect(got.host).toMatch(/^(?:[a-z0-9.]+\.)?example\.com$/);
        else expect(typeof got).toBe("string");
      }),
    );
  });
});

describe("the target of a plain request", () => {
  const allowed = allowlist(["example.com"]);
  test.each([
    ["http://example.com", { host: "example.com", port: 80, authority: "example.com", path: "/" }],
    [
      "HTTP://Example.com:8080/a?b=c",
      { host: "example.com", port: 8080, authority: "example.com:8080", path: "/a?b=c" },
    ],
    ["http://example.com?x", { host: "example.com", port: 80, authority: "example.com", path: "/?x" }],
    ["http://example.com/a/../b//c", { host: "example.com", port: 80, authority: "example.com", path: "/a/../b//c" }],
  ])("%s", (url, target) => {
    expect(requestTarget(url, allowed)).toEqual(target);
  });

  test.each([
    "/",
    "*",
    "https://example.com/",
    "ftp://example.com/",
    "http:///x",
    "http://example.com/#part",
    "http://example.com\\@evil.org/",
  ])("%s is none", (url) => {
    expect(reason(() => requestTarget(url, allowed))).toBe("invalid-target");
  });

  test("a name before @ is not the host", () => {
    expect(reason(() => requestTarget("http://example.com@evil.org/", allowed))).toBe("invalid-target");
    expect(reason(() => requestTarget("http://example.com:80@evil.org/", allowed))).toBe("invalid-target");
  });
});
