import { expect, test } from "vitest";
import { testSandbox } from "./__fixtures__/sandbox-root.ts";
import { DENIED_CALLS, seccompFilter } from "./seccomp.ts";

const EPERM = 1;
const ENOSYS = 38;

/** Runs system calls inside and tells the error number of each, 0 for none. */
async function errors(calls: readonly (readonly number[])[]): Promise<number[]> {
  const script = [
    "import ctypes, json, sys",
    "libc = ctypes.CDLL(None, use_errno=True)",
    "out = []",
    "for call in json.loads(sys.argv[1]):",
    "    ctypes.set_errno(0)",
    "    result = libc.syscall(*[ctypes.c_long(value) for value in call])",
    "    out.append(ctypes.get_errno() if result == -1 else 0)",
    "print(json.dumps(out))",
  ].join("\n");
  await using inside = await testSandbox();
  const { sandbox } = inside;
  const { stdout, stderr } = await sandbox.run(
    { command: 'python3 -c "$SCRIPT" "$CALLS"', env: { SCRIPT: script, CALLS: JSON.stringify(calls) } },
    { signal: new AbortController().signal },
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout) as number[];
}

const native = process.arch === "arm64" ? "arm64" : "x64";

test("denies every call of the table, seen from inside", async () => {
  const calls = Object.entries(DENIED_CALLS).flatMap(([name, numbers]) => {
    const number = numbers[native];
    return number === null ? [] : [[name, number] as const];
  });
  const found = await errors(calls.map(([, number]) => [number, -1, -1, -1, -1, -1]));
  expect(Object.fromEntries(calls.map(([name], index) => [name, found[index]]))).toEqual(
    Object.fromEntries(calls.map(([name]) => [name, EPERM])),
  );
});

test("denies new namespaces and input pushed into terminals, and lets the rest of these calls be", async () => {
  const [clone, ioctl, getpid] = native === "x64" ? [56, 16, 39] : [220, 29, 172];
  const TIOCSTI = 0x5412;
  const TCGETS = 0x5401;
  const newNamespaces = [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000];
  expect(await errors(newNamespaces.map((flag) => [clone, flag, 0, 0, 0, 0]))).toEqual(newNamespaces.map(() => EPERM));
  const [sti, linux, other, clone3, pid] = await errors([
    [ioctl, 0, TIOCSTI, 0],
    [ioctl, 0, 0x541c, 0],
    [ioctl, 0, TCGETS, 0],
    [435, 0, 0],
    [getpid],
  ]);
  expect([sti, linux, clone3, pid]).toEqual([EPERM, EPERM, ENOSYS, 0]);
  expect(other).not.toBe(EPERM); // ENOTTY: it reached the pipe
});

test("is a program that the kernel would load, on either architecture", () => {
  for (const architecture of ["x64", "arm64"] as const) {
    const filter = seccompFilter(architecture);
    const count = filter.byteLength / 8;
    expect(Number.isInteger(count)).toBe(true);
    expect(count).toBeLessThan(4096); // BPF_MAXINSNS
    for (let index = 0; index < count; index++) {
      const code = filter.readUInt16LE(index * 8);
      const jumps =
        (code & 0x07) === 0x05 ? Math.max(filter.readUInt8(index * 8 + 2), filter.readUInt8(index * 8 + 3)) : 0;
      expect(index + 1 + jumps).toBeLessThan(code === 0x06 ? count + 1 : count);
    }
    expect(filter.readUInt16LE((count - 1) * 8)).toBe(0x06);
  }
});
