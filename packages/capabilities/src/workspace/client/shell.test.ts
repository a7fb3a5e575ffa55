import { expect, test } from "vitest";
import { serve } from "../../ssh/__fixtures__/served.ts";
import { openShell } from "./__fixtures__/open-shell.ts";

async function shellOf(served: Awaited<ReturnType<typeof serve>>) {
  const { port } = served.server;
  const { clientKey, hostPublicKey } = served.keys;
  return await openShell({ port, params: { client_key: clientKey, host_pubkey: hostPublicKey, user: "agent" } });
}

test("exec tells status and both streams apart, feeds input, and ends it", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  expect(await shell.exec("pwd; cat; echo problem >&2; exit 7", { stdin: "input" })).toEqual({
    exitCode: 7,
    stdout: `${served.directory}\ninput`,
    stderr: "problem\n",
    timedOut: false,
    droppedBytes: 0,
  });
});
