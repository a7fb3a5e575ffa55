import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Capability, JsonObject } from "@hud-ts/core/spec";
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

/** A connection to a port of this machine. */
export async function dialPort(port: number): Promise<Duplex> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}
