import { generateOpenSshKey } from "./openssh-key.ts";

/** The keys of one server: its own, and those of the one client it lets in. OpenSSH text forms. */
export interface SshKeys {
  readonly hostKey: string;
  readonly hostPublicKey: string;
  readonly clientKey: string;
  readonly clientPublicKey: string;
}

/** Fresh ed25519 keys; made anew for each start, never written to a file. */
export function createSshKeys(): SshKeys {
  const host = generateOpenSshKey("host");
  const client = generateOpenSshKey("client");
  return {
    hostKey: host.privateKey,
    hostPublicKey: host.publicKey,
    clientKey: client.privateKey,
    clientPublicKey: client.publicKey,
  };
}
