import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Scope } from "@hud-ts/core/adapter";
import { createSshKeys } from "../ssh-keys.ts";
import { type SshServerOptions, startSshServer } from "../start-ssh-server.ts";
import { pipeHost } from "./pipe-host.ts";

/** A server over a directory of its own, with its keys in files as OpenSSH's programs need them. */
export async function serve(options: Partial<SshServerOptions> = {}) {
  const scope = new Scope();
  const directory = await mkdtemp(join(tmpdir(), "ssh-server-"));
  await scope.add(() => rm(directory, { recursive: true }));
  const keys = createSshKeys();
  const keyFile = join(directory, ".key");
  await writeFile(keyFile, keys.clientKey, { mode: 0o600 });
  const host = pipeHost(directory);
  const server = scope.use(
    await startSshServer({
      host: async () => host,
      keys,
      cwd: directory,
      signal: AbortSignal.timeout(5000),
      ...options,
    }),
  );
  const knownHosts = join(directory, ".known_hosts");
  await writeFile(knownHosts, `[127.0.0.1]:${server.port} ${keys.hostPublicKey}\n`);
  return {
    directory,
    keys,
    server,
    host,
    /** Options of OpenSSH's ssh, sftp and scp; the port is given apart, by `-p` or `-P`. */
    openssh: [
      ...["-F", "/dev/null", "-i", keyFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"],
      ...["-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${knownHosts}`, "-o", "LogLevel=ERROR"],
    ],
    [Symbol.asyncDispose]: () => scope.close(),
  };
}
