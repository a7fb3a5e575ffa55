import { lstat, readlink, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Mount } from "./contract.ts";
import { GUEST } from "./guest.ts";
import type { NodeInstallation } from "./installed-files.ts";
import type { ResolvedLimits } from "./limits.ts";

/** What of the machine's /etc is seen inside: what programs need to run, nothing that tells about the machine's users or secrets. */
const ETC = [
  "alternatives",
  "bash.bashrc",
  "ca-certificates.conf",
  "crypto-policies",
  "debian_version",
  "inputrc",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "localtime",
  "login.defs",
  "mime.types",
  "os-release",
  "pki/ca-trust/extracted",
  "pki/tls/certs",
  "protocols",
  "python3",
  "services",
  "shells",
  "ssl/certs",
  "ssl/openssl.cnf",
  "terminfo",
  "timezone",
] as const;

const SYSTEM_DIRECTORIES = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] as const;

const SHARED_MEMORY_BYTES = 64 * 1024 * 1024;

/** What a sandbox's view is built from; every path exists and can be reached by the user that runs bwrap. */
export interface ViewOptions {
  readonly root: string;
  readonly guestPath: string;
  readonly mounts: readonly Mount[];
  readonly limits: ResolvedLimits;
  readonly supervisor: string;
  readonly node: NodeInstallation;
  /** Path inside to the descriptor that carries its content. */
  readonly files: Readonly<Record<string, number>>;
  /** `bound` shows the /proc of the container we are in, where a new one may not be mounted. */
  readonly proc: "new" | "bound";
}

/** The namespaces and how they end. */
export function namespaceArguments(): string[] {
  return [
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--unshare-net",
    ...["--hostname", GUEST.hostname],
    "--die-with-parent",
    "--new-session",
  ];
}

/** The file system. Order matters: later entries lie on top of earlier ones, and what is remounted read-only can get no more of them. */
export async function viewArguments(options: ViewOptions): Promise<string[]> {
  const { limits } = options;
  return [
    ...(await systemArguments()),
    ...(await etcArguments()),
    ...Object.entries(options.files).flatMap(([path, fd]) => ["--perms", "0644", "--ro-bind-data", String(fd), path]),
    ...(options.proc === "new" ? ["--proc", "/proc"] : ["--ro-bind", "/proc", "/proc"]),
    ...["--remount-ro", "/proc"],
    ...["--dev", "/dev"],
    ...temporary("/dev/shm", SHARED_MEMORY_BYTES, "1777"),
    ...["--remount-ro", "/dev"],
    ...temporary("/tmp", limits.tmpBytes, "1777"),
    ...["--dir", "/var", "--symlink", "../tmp", "/var/tmp"],
    ...["--dir", "/run", "--perms", "0700", "--dir", GUEST.home],
    ...[
      "--ro-bind",
      options.supervisor,
      `${GUEST.home}/lib`,
      "--ro-bind",
      options.node.executable,
      `${GUEST.home}/node`,
    ],
    ...nodeArguments(options.node),
    ...parents(options.guestPath),
    ...["--bind", options.root, options.guestPath],
    ...options.mounts.flatMap(({ source, target, readOnly = true }) => [
      ...parents(target),
      readOnly ? "--ro-bind" : "--bind",
      source,
      target,
    ]),
    ...["--remount-ro", "/"],
  ];
}

/** Folders above `path`, which bwrap would make for its own user alone. */
function parents(path: string): string[] {
  const above: string[] = [];
  for (let parent = dirname(path); parent !== "/"; parent = dirname(parent)) above.unshift("--dir", parent);
  return above;
}

function temporary(path: string, bytes: number, permissions: string): string[] {
  return ["--size", String(bytes), "--perms", permissions, "--tmpfs", path];
}

async function systemArguments(): Promise<string[]> {
  const args = ["--ro-bind", "/usr", "/usr"];
  for (const name of SYSTEM_DIRECTORIES) {
    const path = `/${name}`;
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isSymbolicLink()) args.push("--symlink", await readlink(path), path);
    else if (stats?.isDirectory()) args.push("--ro-bind", path, path);
  }
  return args;
}

async function etcArguments(): Promise<string[]> {
  const args = ["--dir", "/etc"];
  for (const name of ETC) {
    const path = `/etc/${name}`;
    if ((await stat(path).catch(() => undefined)) !== undefined) args.push(...parents(path), "--ro-bind", path, path);
  }
  return args;
}

function nodeArguments(node: NodeInstallation): string[] {
  if (node.inUsr) return [];
  const binaries = ["--dir", "/opt", "--dir", GUEST.node, "--dir", `${GUEST.node}/bin`];
  binaries.push("--ro-bind", node.executable, `${GUEST.node}/bin/node`);
  if (node.npm === undefined) return binaries;
  const npm = `${GUEST.node}/lib/node_modules/npm`;
  return [
    ...binaries,
    ...parents(npm),
    ...["--ro-bind", node.npm, npm],
    ...["--symlink", "../lib/node_modules/npm/bin/npm-cli.js", `${GUEST.node}/bin/npm`],
    ...["--symlink", "../lib/node_modules/npm/bin/npx-cli.js", `${GUEST.node}/bin/npx`],
  ];
}
