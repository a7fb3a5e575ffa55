import { once } from "node:events";
import { text } from "node:stream/consumers";
import { isRunning } from "@hud-ts/core/adapter";
import { expect, test } from "vitest";
import { never, testSandbox } from "./__fixtures__/sandbox-root.ts";

const options = { signal: never };

test("runs on this machine, in the root directory, with an exact environment", async () => {
  await using host = await testSandbox({ isolation: "none", env: { MINE: "1" } });
  expect(host.sandbox.isolation.kind).toBe("none");
  expect(host.sandbox.guestPath).toBe(host.root);
  expect(await host.sh("pwd; env | cut -d= -f1 | sort | xargs")).toBe(
    `${host.root}\nHOME LANG MINE PATH PWD SHLVL _\n`,
  );
  const { exitCode, stdout } = await host.sandbox.run({ command: "cat /dev/stdin; exit 4", stdin: "in" }, options);
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: "in" });
});

test("kills the group after a timeout, and with killAll what was left in the background", async () => {
  await using host = await testSandbox({ isolation: "none" });
  const { timedOut } = await host.sandbox.run({ command: "sleep 301 & sleep 302", timeoutMs: 200 }, options);
  expect(timedOut).toBe(true);
  const left = Number(await host.sh("sleep 303 >/dev/null & echo $!"));
  expect(isRunning(left)).toBe(true);
  await host.sandbox.killAll();
  expect(isRunning(left)).toBe(false);
});

test("brings connections both ways", async () => {
  await using host = await testSandbox({ isolation: "none" });
  await using listening = await host.sandbox.listenInside(0, (connection) => connection.end("hello"));
  const connection = await host.sandbox.dialInside(listening.port, options);
  expect(await text(connection.end())).toBe("hello");
  await expect(host.sandbox.listenInside(listening.port, () => {})).rejects.toMatchObject({ code: "PORT_IN_USE" });
});

test("ends its programs when it is closed", async () => {
  const host = await testSandbox({ isolation: "none" });
  const program = await host.sandbox.start({ argv: ["bash", "-c", "echo up; sleep 30"] }, options);
  await once(program.stdout, "data");
  await host[Symbol.asyncDispose]();
  expect(await program.exit).toEqual({ code: null, signal: "SIGKILL" });
  await expect(host.sandbox.start({ argv: ["true"] }, options)).rejects.toMatchObject({ code: "CLOSED" });
});
