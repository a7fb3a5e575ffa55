import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Scope } from "@hud-ts/core/adapter";
import type { IsolationPolicy } from "../../sandbox/contract.ts";
import { startSandbox } from "../../sandbox/start-sandbox.ts";
import { allocateUids } from "../../sandbox/uids.ts";
import { createSshKeys } from "../ssh-keys.ts";
import { type SshServerOptions, startSshServer } from "../start-ssh-server.ts";
import { countingHost } from "./counting-host.ts";

/** What a test serves. */
export interface ServeOptions extends Partial<SshServerOptions> {
  /** @default "none": programs of this machine */
  readonly isolation?: IsolationPolicy;
  /** Whether remote forwards are taken. @default false */
  readonly forwards?: boolean;
}

/** A server over a directory of its own, with its keys in files as OpenSSH's programs need them. */
export async function serve({ isolation = "none", forwards = false, ...options }: ServeOptions = {}) {
  const scope = new Scope();
  const signal = AbortSignal.timeout(15_000);
  const directory = await temporary(scope);
  const secrets = await temporary(scope);
  const { uids } = scope.use(await allocateUids());
  if (isolation !== "none") await chown(directory, uids.agent, uids.agent);
  const sandbox = scope.use(await startSandbox({ root: directory, isolation, uids }, { signal }));
  const host = countingHost(sandbox);
  const keys = createSshKeys();
  const keyFile = join(secrets, "key");
  await writeFile(keyFile, keys.clientKey, { mode: 0o600 });
  const server = scope.use(
    await startSshServer({
      host: async () => host,
      keys,
      cwd: sandbox.guestPath,
      ...(forwards && { onForward: (port, accept) => sandbox.listenInside(port, accept) }),
      signal,
      ...options,
    }),
  );
  const knownHosts = join(secrets, "known_hosts");
  await writeFile(knownHosts, `[127.0.0.1]:${server.port} ${keys.hostPublicKey}\n`);
  return {
    /** What the programs work in, on this machine. */
    directory,
    /** The same, as they see it. */
    guestPath: sandbox.guestPath,
    /** Files that the programs do not work in. */
    secrets,
    keyFile,
    keys,
    server,
    sandbox,
    host,
    /** Options of OpenSSH's ssh, sftp and scp; the port is given apart, by `-p` or `-P`. */
    openssh: [
      ...["-F", "/dev/null", "-i", keyFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"],
      ...["-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${knownHosts}`, "-o", "LogLevel=ERROR"],
    ],
    [Symbol.asyncDispose]: () => scope.close(),
  };
}

async function temporary(scope: Scope): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ssh-server-"));
  await scope.add(() => rm(directory, { recursive: true }));
  return directory;
}
