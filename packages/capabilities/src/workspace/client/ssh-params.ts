import { readFile } from "node:fs/promises";
import { SdkError } from "@hud-ts/core/adapter";
import type { Json, JsonObject } from "@hud-ts/core/spec";

/** What a client needs to log in. */
export interface SshParams {
  readonly user: string;
  readonly clientKey: string;
  /** Blobs of the keys the server may show; empty when it published none. */
  readonly hostKeys: readonly Buffer[];
}

const DEFAULT_USER = "agent";

/** Reads the params of an `ssh/2` binding, and the key file where it names one. Throws for what it cannot use. */
export async function readSshParams(params: JsonObject): Promise<SshParams> {
  const shell = text(params, "shell") ?? "bash";
  if (shell !== "bash") {
    throw new SdkError({
      code: "CAPABILITY_UNSUPPORTED",
      message: `an ssh capability with shell bash expected, got ${JSON.stringify(shell)}`,
    });
  }
  return {
    user: text(params, "user") ?? DEFAULT_USER,
    clientKey: await clientKey(params),
    hostKeys: hostKeys(text(params, "host_pubkey") ?? ""),
  };
}

async function clientKey(params: JsonObject): Promise<string> {
  const key = text(params, "client_key");
  if (key !== undefined) return key;
  const path = text(params, "client_key_path");
  if (path === undefined) throw new Error("client_key or client_key_path expected, got neither");
  return await readFile(path, "utf8");
}

function hostKeys(lines: string): readonly Buffer[] {
  return lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const blob = line.trim().split(/\s+/)[1];
      if (blob === undefined) throw new Error(`host_pubkey: "type base64" expected, got ${JSON.stringify(line)}`);
      return Buffer.from(blob, "base64");
    });
}

function text(params: JsonObject, name: string): string | undefined {
  const value: Json | undefined = params[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw new Error(`${name}: text expected, got ${JSON.stringify(value)}`);
}
