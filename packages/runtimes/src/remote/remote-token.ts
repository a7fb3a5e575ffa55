import { readFile } from "node:fs/promises";
import path from "node:path";
import { errorText, SdkError } from "@hud-ts/core/adapter";
import type { ControlAddress } from "@hud-ts/core/client";
import { readPortFile } from "@hud-ts/core/serve";

/** How a served environment is reached. */
export interface RemoteOptions {
  /** The server's token. */
  readonly token?: string | undefined;
  /** A file that holds the token and nothing else but blanks around it. Read for every lease, so that it may be renewed. */
  readonly tokenFile?: string | undefined;
  /** The project's directory in which `hud serve` leaves its tokens. @default ".hud" */
  readonly hudDir?: string | undefined;
  /** Milliseconds within which the server must answer before a job begins. @default 240_000 */
  readonly readyTimeoutMs?: number | undefined;
}

/** The token for an address: given, read from the given file, or left by a server of this machine. @throws CREDENTIAL_MISSING */
export async function remoteToken(address: ControlAddress, options: RemoteOptions): Promise<string | undefined> {
  if (options.token !== undefined) return options.token;
  if (options.tokenFile !== undefined) return await readToken(options.tokenFile);
  if (address.kind !== "tcp" || !isLoopback(address.host)) return undefined;
  const file = await readPortFile(path.resolve(options.hudDir ?? ".hud"), address.port);
  return file?.token ?? undefined;
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new SdkError({
      code: "CREDENTIAL_MISSING",
      message: `cannot read the token file ${file}: ${errorText(error).replace(/,.*/s, "")}`,
      hint: "Give the file that `hud serve --token-file` wrote.",
      cause: error,
    });
  });
  const token = text.trim();
  if (token !== "") return token;
  throw new SdkError({ code: "CREDENTIAL_MISSING", message: `the token file ${file} is empty` });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
