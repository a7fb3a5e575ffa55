import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { addressRule } from "./addresses.ts";

const mayDial = addressRule([]);

test.each([
  "93.184.216.34",
  "1.1.1.1",
  "172.15.255.255",
  "172.32.0.1",
  "2606:4700:4700::1111",
  "2a00:1450::1",
  "::ffff:1.1.1.1",
])("%s is public", (address) => {
  expect(mayDial(address)).toBe(true);
});

test.each([
  "0.0.0.0",
  "10.0.0.1",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "198.18.0.1",
  "203.0.113.7",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::FFFF:10.0.0.1",
  "64:ff9b::a9fe:a9fe",
  "2002:7f00:1::",
  "2001:db8::1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%eth0",
  "ff02::1",
  "not an address",
  "",
])("%s is not", (address) => {
  expect(mayDial(address)).toBe(false);
});

describe("exceptions", () => {
  test("ranges and single addresses, of both families", () => {
    const rule = addressRule(["127.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
    expect(["127.0.0.1", "::ffff:127.0.0.1", "192.0.2.7", "2001:db8::5"].map(rule)).toEqual([true, true, true, true]);
    expect(["192.0.2.8", "10.0.0.1", "::1"].map(rule)).toEqual([false, false, false]);
  });

  test.each(["10.0.0.0/33", "10.0.0/8", "example.com", "10.0.0.0/", "10.0.0.0/x", "::/129"])(
    "%s is no range",
    (range) => {
      expect(() => addressRule([range])).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );
});

test("this machine's own addresses are refused, public or not", () => {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  expect(own.length).toBeGreaterThan(0);
  for (const { address } of own) expect(mayDial(address)).toBe(false);
});
