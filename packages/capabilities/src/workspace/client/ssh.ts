import type { CapabilityClientFactory } from "@hud-ts/core/spec";
import { defineCapability } from "../../define-capability.ts";
import { ReconnectingTransport } from "./reconnecting-transport.ts";
import { RemoteShell } from "./remote-shell.ts";
import type { Shell } from "./shell.ts";
import { readSshParams } from "./ssh-params.ts";

/**
 * Opens a shell over ssh: `await run.open(ssh)`. Drives every server of `ssh/2` and OpenSSH's own, by exec channels alone. The server's key is
 * checked where the environment published it. A connection that is found closed is made anew, up to three attempts; a command
 * is never sent twice.
 *
 * @throws CAPABILITY_CONNECT_FAILED when the server is another or refuses the key; CAPABILITY_UNSUPPORTED when its shell is not bash;
 * MANIFEST_INVALID when the binding has no key
 *
 * @example
 * ```ts
 * const shell = await run.open(ssh);
 * await shell.writeFile("notes.txt", "one\ntwo\n");
 * const { exitCode, stdout } = await shell.exec("wc -l < notes.txt");
 * ```
 */
export const ssh: CapabilityClientFactory<Shell> = defineCapability({
  protocol: "ssh",
  params: readSshParams,
  connect: async ({ params, dial, signal }): Promise<Shell> =>
    new RemoteShell(await ReconnectingTransport.connect({ params, dial, signal })),
});
