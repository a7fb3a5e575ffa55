import { once } from "node:events";
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { Capability, JsonObject } from "@hud-ts/core/spec";
import { expect } from "vitest";
import type { Shell } from "../shell.ts";
import { ssh } from "../ssh.ts";

/** Where a test's shell connects, and how. */
export interface OpenShellOptions {
  readonly port: number;
  readonly params: JsonObject;
  /** @default a socket to the port */
  readonly dial?: () => Promise<Duplex>;
  readonly signal?: AbortSignal;
}

/** A shell as the engine opens it. */
export async function openShell({ port, params, dial, signal }: OpenShellOptions): Promise<Shell & AsyncDisposable> {
  const binding: Capability = { name: "shell", protocol: "ssh/2", url: `ssh://127.0.0.1:${port}`, params };
  return await ssh.connect(binding, {
    signal: signal ?? AbortSignal.timeout(15_000),
    dial: dial ?? (() => dialPort(port)),
    localUrl: () => Promise.reject(new Error("not needed")),
  });
}

/** What a test serves. */
interface Served {
  readonly directory: string;
  readonly server: { readonly port: number };
  readonly keys: { readonly clientKey: string; readonly hostPublicKey: string };
}

/** A shell of a test's server. */
export async function shellOf({ server, keys }: Served): Promise<Shell & AsyncDisposable> {
  return await openShell({
    port: server.port,
    params: { client_key: keys.clientKey, host_pubkey: keys.hostPublicKey },
  });
}

/** Waits until a program has made the file. */
export async function appears({ directory }: Served, name: string): Promise<void> {
  const there = () =>
    stat(join(directory, name)).then(
      () => true,
      () => false,
    );
  await expect.poll(there).toBe(true);
}

/** A connection to a port of this machine. */
export async function dialPort(port: number): Promise<Duplex> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}
