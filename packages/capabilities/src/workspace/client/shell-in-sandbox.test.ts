import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serve } from "../../ssh/__fixtures__/served.ts";
import { appears, shellOf } from "./__fixtures__/open-shell.ts";

const isolation = "required";

test("what a command leaves in the background neither delays its end nor ends with it", async () => {
  await using served = await serve({ isolation });
  await using shell = await shellOf(served);
  const left = await shell.exec("sleep 600 & echo $!; printf %060000d 0");
  expect(left).toMatchObject({ exitCode: 0 });
  expect(left.stdout.length).toBeGreaterThan(60_000);
  const pid = left.stdout.split("\n", 1)[0];
  expect(await shell.exec(`kill -0 ${pid}`)).toMatchObject({ exitCode: 0 });
});

test("output goes through /dev/stdout and /dev/stderr, and input comes from /dev/stdin", async () => {
  await using served = await serve({ isolation });
  await using shell = await shellOf(served);
  const command = "cat /dev/stdin > /dev/stdout; echo problem > /dev/stderr";
  expect(await shell.exec(command, { stdin: "input" })).toMatchObject({ stdout: "input", stderr: "problem\n" });
});

test("a timeout kills the group and leaves the sandbox as it was", async () => {
  await using served = await serve({ isolation });
  await using shell = await shellOf(served);
  const command = "echo begun; (trap '' TERM; sleep 61) & trap '' TERM; while :; do sleep 0.05; done";
  expect(await shell.exec(command, { timeoutMs: 500 })).toMatchObject({ timedOut: true, stdout: "begun\n" });
  const survivors = "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep 6[1]'";
  await expect.poll(async () => (await shell.exec(survivors)).stdout).toBe("0\n");
});

test("a terminal follows its window", async () => {
  await using served = await serve({ isolation });
  await using shell = await shellOf(served);
  const command = "trap 'stty size; exit 8' WINCH; stty size; while :; do sleep 0.05; done";
  await using program = await shell.spawn(command, { terminal: { columns: 97, rows: 31 } });
  const said = program.stdout[Symbol.asyncIterator]();
  expect(String((await said.next()).value).trim()).toBe("31 97");
  program.resize({ columns: 120, rows: 40 });
  expect(String((await said.next()).value).trim()).toBe("40 120");
  expect(await program.exit).toBe(8);
});

test("20 commands at once, each with a megabyte in and out", async () => {
  await using served = await serve({ isolation });
  await using shell = await shellOf(served);
  const inputs = Array.from({ length: 20 }, (_, n) => `${n} `.repeat((1 << 20) / 4));
  const results = await Promise.all(inputs.map((stdin) => shell.exec("cat", { stdin, maxOutputBytes: 2 << 20 })));
  const outcome = results.map(({ stdout, exitCode }, n) => ({
    exitCode,
    bytes: stdout.length,
    same: stdout === inputs[n],
  }));
  expect(outcome).toEqual(inputs.map((input) => ({ exitCode: 0, bytes: input.length, same: true })));
});

test("files belong to the agent's own user, and what it may not write is said", async () => {
  await using served = await serve({ isolation });
  await using shell = await shellOf(served);
  await shell.writeFile("mine", "x");
  const { uid } = await stat(join(served.directory, "mine"));
  expect(uid).toBeGreaterThanOrEqual(100_000);
  await expect(shell.writeFile("/usr/theirs", "x")).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID" });
});

test("a sandbox that ends under a command ends it as a kill would, and is told to the next", async () => {
  await using served = await serve({ isolation });
  await using shell = await shellOf(served);
  const running = shell.exec("touch ready; sleep 60");
  await appears(served, "ready");
  await served.sandbox[Symbol.asyncDispose]();
  expect(await running).toMatchObject({ exitCode: 137 });
  const next = await shell.exec("true");
  expect(next).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^workspace: cannot spawn shell: /) });
});
