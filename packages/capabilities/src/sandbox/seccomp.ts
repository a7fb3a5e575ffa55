/** Architectures for which there is a filter. */
export type FilterArchitecture = "x64" | "arm64";

/**
 * System calls that end in EPERM inside, with their numbers; null where an architecture has none.
 * What they have in common: nothing an honest program needs, each a way around or a large surface of the kernel.
 *
 * @see https://github.com/torvalds/linux/blob/master/arch/x86/entry/syscalls/syscall_64.tbl
 * @see https://github.com/torvalds/linux/blob/master/include/uapi/asm-generic/unistd.h
 */
export const DENIED_CALLS = {
  ptrace: { x64: 101, arm64: 117 },
  process_vm_readv: { x64: 310, arm64: 270 },
  process_vm_writev: { x64: 311, arm64: 271 },
  kcmp: { x64: 312, arm64: 272 },
  pidfd_getfd: { x64: 438, arm64: 438 },
  add_key: { x64: 248, arm64: 217 },
  request_key: { x64: 249, arm64: 218 },
  keyctl: { x64: 250, arm64: 219 },
  bpf: { x64: 321, arm64: 280 },
  perf_event_open: { x64: 298, arm64: 241 },
  userfaultfd: { x64: 323, arm64: 282 },
  io_uring_setup: { x64: 425, arm64: 425 },
  io_uring_enter: { x64: 426, arm64: 426 },
  io_uring_register: { x64: 427, arm64: 427 },
  name_to_handle_at: { x64: 303, arm64: 264 },
  open_by_handle_at: { x64: 304, arm64: 265 },
  unshare: { x64: 272, arm64: 97 },
  setns: { x64: 308, arm64: 268 },
  mount: { x64: 165, arm64: 40 },
  umount2: { x64: 166, arm64: 39 },
  pivot_root: { x64: 155, arm64: 41 },
  chroot: { x64: 161, arm64: 51 },
  open_tree: { x64: 428, arm64: 428 },
  move_mount: { x64: 429, arm64: 429 },
  fsopen: { x64: 430, arm64: 430 },
  fsconfig: { x64: 431, arm64: 431 },
  fsmount: { x64: 432, arm64: 432 },
  fspick: { x64: 433, arm64: 433 },
  mount_setattr: { x64: 442, arm64: 442 },
  quotactl: { x64: 179, arm64: 60 },
  swapon: { x64: 167, arm64: 224 },
  swapoff: { x64: 168, arm64: 225 },
  kexec_load: { x64: 246, arm64: 104 },
  kexec_file_load: { x64: 320, arm64: 294 },
  init_module: { x64: 175, arm64: 105 },
  finit_module: { x64: 313, arm64: 273 },
  delete_module: { x64: 176, arm64: 106 },
  reboot: { x64: 169, arm64: 142 },
  acct: { x64: 163, arm64: 89 },
  syslog: { x64: 103, arm64: 116 },
  settimeofday: { x64: 164, arm64: 170 },
  clock_settime: { x64: 227, arm64: 112 },
  adjtimex: { x64: 159, arm64: 171 },
  clock_adjtime: { x64: 305, arm64: 266 },
  vhangup: { x64: 153, arm64: 58 },
  lookup_dcookie: { x64: 212, arm64: 18 },
  nfsservctl: { x64: 180, arm64: 42 },
  iopl: { x64: 172, arm64: null },
  ioperm: { x64: 173, arm64: null },
} as const satisfies Record<string, Readonly<Record<FilterArchitecture, number | null>>>;

const ARCHITECTURES = {
  // AUDIT_ARCH_* of linux/audit.h; the numbers of the calls whose arguments are looked at.
  x64: { audit: 0xc000003e, clone: 56, ioctl: 16 },
  arm64: { audit: 0xc00000b7, clone: 220, ioctl: 29 },
} as const;

const CLONE3 = 435;
const X32_BIT = 0x40000000;

/** CLONE_NEW* of linux/sched.h: NS, CGROUP, UTS, IPC, USER, PID, NET. (NEWTIME shares a bit with a signal number and is unshare's alone.) */
const NAMESPACE_FLAGS = 0x7e020000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const EPERM = 1;
const ENOSYS = 38;

// struct seccomp_data: number, architecture, then two of instruction pointer and six 64-bit arguments, low half first.
const OFFSET = { number: 0, architecture: 4, firstArgument: 16, secondArgument: 24 } as const;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

// Classic BPF, linux/bpf_common.h: LD|W|ABS, JMP|JEQ|K, JMP|JGE|K, JMP|JSET|K, RET|K.
const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const skipUnlessEqual = (value: number, count: number): Instruction => [0x15, 0, count, value];
const skipIfEqual = (value: number, count: number): Instruction => [0x15, count, 0, value];
const skipIfBelow = (value: number, count: number): Instruction => [0x35, 0, count, value];
const skipUnlessAnyBit = (mask: number, count: number): Instruction => [0x45, 0, count, mask];
const kill: Instruction = [0x06, 0, 0, 0x80000000];
const allow: Instruction = [0x06, 0, 0, 0x7fff0000];
const fail = (errno: number): Instruction => [0x06, 0, 0, 0x00050000 | errno];

/**
 * The system call filter of a sandbox, as `bwrap --seccomp` reads it: an array of `struct sock_filter`.
 * Calls of another architecture kill the process; those of {@link DENIED_CALLS}, new namespaces and input pushed into terminals fail with EPERM.
 */
export function seccompFilter(architecture: FilterArchitecture): Buffer {
  const { audit, clone, ioctl } = ARCHITECTURES[architecture];
  const denied = Object.values(DENIED_CALLS).flatMap((numbers) => numbers[architecture] ?? []);
  return assemble([
    load(OFFSET.architecture),
    skipIfEqual(audit, 1),
    kill,
    load(OFFSET.number),
    ...(architecture === "x64" ? [skipIfBelow(X32_BIT, 1), fail(ENOSYS)] : []),
    skipUnlessEqual(CLONE3, 1),
    fail(ENOSYS), // its flags lie in memory, where a filter cannot look; every libc falls back to clone
    skipUnlessEqual(clone, 4),
    load(OFFSET.firstArgument),
    skipUnlessAnyBit(NAMESPACE_FLAGS, 1),
    fail(EPERM),
    allow,
    skipUnlessEqual(ioctl, 5),
    load(OFFSET.secondArgument),
    skipIfEqual(TIOCSTI, 1),
    skipUnlessEqual(TIOCLINUX, 1),
    fail(EPERM),
    allow,
    ...denied.flatMap((number) => [skipUnlessEqual(number, 1), fail(EPERM)]),
    allow,
  ]);
}

function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
}
