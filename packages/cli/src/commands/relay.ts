import { SdkError } from "@hud-ts/core/adapter";
import type { CliContext } from "../context.ts";
import { stoppedCode } from "../interruption.ts";
import { remoteLease } from "../remote-environment.ts";
import { aborted } from "./aborted.ts";

/** Options of `hud relay`. */
export interface RelayCommandOptions {
  readonly url: string;
  readonly port: number;
  readonly tokenFile?: string;
}

/** Opens a loopback port whose connections reach a protected environment with its token added. */
export async function relayCommand(context: CliContext, options: RelayCommandOptions): Promise<number> {
  const { output, signal } = context;
  const { startRelay } = await import("@hud-ts/core/serve");
  await using lease = await remoteLease(context, options);
  const { token } = lease;
  if (token === undefined) {
    throw new SdkError({
      code: "CREDENTIAL_MISSING",
      message: `no token is known for ${options.url}`,
      hint: "Give --token-file, or run it where `hud serve` was started; a server without a token needs no relay.",
      details: { input: options.url },
    });
  }
  await using relay = await startRelay({
    connect: (connecting) => lease.connect(connecting),
    token,
    port: options.port,
  });
  output.note(`Relaying ${relay.url} to ${options.url}; whoever reaches it needs no token. Ctrl-C stops it.`);
  output.data(`HUD_SERVE_PORT=${relay.port}`);
  output.document({ url: relay.url, port: relay.port, target: options.url, pid: process.pid });
  await aborted(signal);
  await relay.close();
  output.note("Stopped.");
  return stoppedCode(signal);
}
