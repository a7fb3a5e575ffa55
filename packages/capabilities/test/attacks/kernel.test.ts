import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Arena, arena, never, quoted, systemCall } from "./arena.ts";

// What the inside can ask of the kernel.
let ring: Arena;
beforeAll(async () => {
  ring = await arena();
});
afterAll(() => ring[Symbol.asyncDispose]());

describe("system calls are filtered", () => {
  test.each([
    ["the keyring, which all of a uid share", systemCall({ x64: 248, arm64: 217 }, `"user", "hud-attack", "x", 1, -1`)],
    ["tracing", systemCall({ x64: 101, arm64: 117 }, "0, 0, 0, 0")],
    ["BPF", systemCall({ x64: 321, arm64: 280 }, '0, pack("LLLLLx100", 2, 4, 4, 1, 0), 72')],
    [
      "io_uring, which does behind the filter what the filter forbids",
      systemCall({ x64: 425, arm64: 425 }, '1, "\\0" x 120'),
    ],
    ["user fault handling", systemCall({ x64: 323, arm64: 282 }, "1")],
    ["performance events", systemCall({ x64: 298, arm64: 241 }, 'pack("LLQx112", 1, 128, 0), 0, -1, -1, 0')],
  ])("%s", async (_name, attempt) => {
    expect(await ring.unconfined(attempt)).toContain("worked");
    expect(await ring.agent(attempt)).toMatch(/^refused: (Operation not permitted|Function not implemented)/);
  });

  test.each([
    ["a user namespace", "unshare --user --map-root-user echo made"],
    ["a mount namespace", "unshare --mount echo made"],
    ["a network namespace", "unshare --net echo made"],
    ["a process namespace", "unshare --fork --pid echo made"],
    ["a mount", "mount -t tmpfs none /mnt && umount /mnt && echo made"],
    ["a device", "mknod /tmp/hud-attack-device c 1 3 && rm /tmp/hud-attack-device && echo made"],
    ["a raw socket", `perl -MSocket -e ${quoted('socket(my $s, AF_INET, SOCK_RAW, 1) and print "made\\n"')}`],
    ["another root", "chroot / echo made"],
    ["another host name", 'hostname "$(hostname)" && echo made'],
  ])("nobody inside makes %s", async (_name, attempt) => {
    expect(await ring.unconfined(attempt)).toContain("made");
    expect(await ring.agent(attempt)).not.toContain("made");
  });
});

test("no characters can be pushed into a terminal's input", async () => {
  const push = `perl -e ${quoted('my $x = "x"; print ioctl(STDIN, 0x5412, $x) ? "pushed\\n" : "refused: $!\\n"')}`;
  expect(await ring.unconfined(`script -qec ${quoted(push)} /dev/null < /dev/null`)).toContain("pushed");
  const terminal = { columns: 80, rows: 24, term: "xterm" };
  const program = await ring.inside.sandbox.start({ argv: ["bash", "-c", push], terminal }, { signal: never });
  let screen = "";
  for await (const bytes of program.stdout) screen += String(bytes);
  expect(screen).toContain("refused: Operation not permitted");
});

describe("/proc and /sys are read-only", () => {
  const rewrite = (path: string) => `value=$(cat ${path}); printf %s "$value" > ${path} && echo rewritten`;
  test.each([
    ["what runs when a program crashes", "/proc/sys/kernel/core_pattern"],
    ["the host name", "/proc/sys/kernel/hostname"],
    ["the score by which memory is freed", "/proc/self/oom_score_adj"],
    ["settings of the virtual memory", "/proc/sys/vm/overcommit_memory"],
  ])("%s", async (_name, path) => {
    expect(await ring.unconfined(rewrite(path))).toContain("rewritten");
    expect(await ring.agent(rewrite(path))).not.toContain("rewritten");
  });
});

test("of devices there are none but harmless ones", async () => {
  expect(await ring.unconfined("test -e /dev/kmsg && echo seen")).toBe("seen\n");
  const allowed = [
    "core",
    "fd",
    "full",
    "null",
    "ptmx",
    "pts",
    "random",
    "shm",
    "stderr",
    "stdin",
    "stdout",
    "tty",
    "urandom",
    "zero",
  ];
  const found = (await ring.agent("ls /dev")).trim().split("\n");
  expect(found.filter((name) => !["console", ...allowed].includes(name))).toEqual([]);
});

test("no capability is left, and none can come back", async () => {
  const look = "grep -E '^(CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | tr '\\t' ' '";
  expect(await ring.unconfined(look)).toContain("Seccomp: 0");
  const none = "0".repeat(16);
  expect(await ring.agent(look)).toBe(`CapPrm: ${none}\nCapEff: ${none}\nCapAmb: ${none}\nNoNewPrivs: 1\nSeccomp: 2\n`);
});

test("a program inherits no descriptor but its own three", async () => {
  const look = "ls /proc/self/fd | tr '\\n' ' '";
  expect(await ring.unconfined(`exec 9< /dev/null; ${look}`)).toContain("9");
  expect(await ring.agent(look)).toBe("0 1 2 3 ");
});
