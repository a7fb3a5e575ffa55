import { readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { serve } from "../../ssh/__fixtures__/served.ts";
import { appears, shellOf } from "./__fixtures__/open-shell.ts";
import type { Shell } from "./shell.ts";

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

test("exec runs in a login shell, in the directory and with the variables it is given; a signal death is 128 + N", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  const env = { GREETING: "it's $HOME\n`x`" };
  expect(await shell.exec('pwd; printf %s "$GREETING"; shopt -q login_shell', { cwd: "/usr/bin", env })).toMatchObject({
    exitCode: 0,
    stdout: `/usr/bin\n${env.GREETING}`,
  });
  expect(await shell.exec("touch reached", { cwd: "absent" })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("absent: No such file or directory"),
  });
  expect(await shell.exec("kill -9 $$")).toMatchObject({ exitCode: 137 });
  expect(await shell.exists("reached")).toBe(false);
});

test("a program that reads none of its input ends like any other", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  expect(await shell.exec("exit 4", { stdin: Buffer.alloc(8 << 20) })).toMatchObject({ exitCode: 4 });
  expect(await shell.exec("wc -c", { stdin: Buffer.alloc(20 << 20) })).toMatchObject({ stdout: `${20 << 20}\n` });
});

test("100 MB of output are drained in little memory, their beginning and end kept", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  const before = process.memoryUsage().rss;
  const result = await shell.exec("echo first; head -c 100000000 /dev/zero; echo last", { maxOutputBytes: 20 });
  expect(result).toMatchObject({ exitCode: 0, droppedBytes: 100_000_011 - 20 });
  expect(result.stdout).toBe(`first\n\0\0\0\0\n[… ${result.droppedBytes} bytes dropped …]\n\0\0\0\0\0last\n`);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 << 20);
}, 60_000);

test("50 commands run over one connection at once, each with its own output", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, n) => shell.exec(`cat; exit ${n}`, { stdin: `in ${n}` })),
  );
  expect(results.map(({ stdout, exitCode }) => `${stdout} ${exitCode}`)).toEqual(
    Array.from({ length: 50 }, (_, n) => `in ${n} ${n}`),
  );
});

test("a timeout kills the whole group, also what ignores SIGTERM, and says so with what was printed", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  const command = "echo begun; (trap '' TERM; sleep 60) & trap '' TERM; while :; do sleep 0.05; done";
  expect(await shell.exec(command, { timeoutMs: 300 })).toEqual({
    exitCode: null,
    stdout: "begun\n",
    stderr: "",
    timedOut: true,
    droppedBytes: 0,
  });
  expect(served.host.live).toBe(0);
});

test("an abort rejects with its reason at once and ends the program", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  const controller = new AbortController();
  const running = shell.exec("touch ready; sleep 60", { signal: controller.signal });
  await appears(served, "ready");
  controller.abort(new Error("enough"));
  await expect(running).rejects.toThrow("enough");
  await expect.poll(() => served.host.live).toBe(0);
  await expect(shell.exec("touch late", { signal: controller.signal })).rejects.toThrow("enough");
  expect(await shell.exists("late")).toBe(false);
});

test("spawn talks with a program while it runs; a write after its end fails", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await using program = await shell.spawn('while read -r line; do echo "<$line>"; [ "$line" = stop ] && exit 6; done');
  const said = program.stdout[Symbol.asyncIterator]();
  program.stdin.write("one\n");
  expect(String((await said.next()).value)).toBe("<one>\n");
  program.stdin.write("stop\n");
  expect(String((await said.next()).value)).toBe("<stop>\n");
  expect(await program.exit).toBe(6);
  const refused = await new Promise((resolve) => program.stdin.write("more", resolve));
  expect(refused).toMatchObject({ code: "CLOSED" });
});

test("a write that waits for a program that does not read fails when the program ends", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await using program = await shell.spawn("touch ready; while [ ! -e go ]; do sleep 0.02; done");
  const written = new Promise((resolve) => program.stdin.write(Buffer.alloc(8 << 20), resolve));
  await appears(served, "ready");
  await shell.writeFile("go", "");
  expect(await program.exit).toBe(0);
  expect(await written).toMatchObject({ code: "CLOSED" });
});

test("spawn gives a terminal when asked; its signal ends the program later too", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  const controller = new AbortController();
  const terminal = { columns: 97, rows: 31 };
  await using program = await shell.spawn('echo "$TERM $(stty size)"; sleep 60', {
    terminal,
    signal: controller.signal,
  });
  const [line] = await program.stdout.take(1).toArray();
  expect(String(line).trim()).toBe("xterm-256color 31 97");
  controller.abort(new Error("enough"));
  await expect(program.exit).rejects.toThrow("enough");
  await expect.poll(() => served.host.live).toBe(0);
});

test("files come back byte for byte, whatever they hold and are called", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  const name = fc
    .string({ minLength: 1, maxLength: 40, unit: fc.constantFrom(..."ab é漢😀'\"\\$`!*?[]{}()~#&;|<>-\n\t") })
    .filter((text) => text !== "-");
  await fc.assert(
    fc.asyncProperty(name, fc.uint8Array({ maxLength: 300 }), async (path, content) => {
      await shell.writeFile(path, content);
      expect([...(await shell.readFile(path))]).toEqual([...content]);
      expect([...(await readFile(join(served.directory, path)))]).toEqual([...content]);
      expect(await shell.list(".")).toContainEqual({ name: path, kind: "file" });
      await shell.rm(path);
      expect(await shell.exists(path)).toBe(false);
    }),
    { numRuns: 15 },
  );
});

test("a file named - is a file, not the input", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await shell.writeFile("-", "dash");
  expect(String(await shell.readFile("-"))).toBe("dash");
  await shell.mkdir("-n");
  expect(await shell.list("-n")).toEqual([]);
});

test("writes modes and parents, keeps what an existing file has", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await shell.writeFile("deep/er/run.sh", "#!/bin/sh\n", { parents: true, mode: 0o750 });
  await shell.writeFile("deep/er/run.sh", "echo again\n");
  expect((await stat(join(served.directory, "deep/er/run.sh"))).mode & 0o777).toBe(0o750);
  expect(await shell.stat("deep/er/run.sh")).toMatchObject({ kind: "file", size: 11, mode: 0o750 });
  expect(await shell.stat("deep")).toMatchObject({ kind: "directory" });
  expect(Math.abs((await shell.stat("deep")).modifiedMs - Date.now())).toBeLessThan(60_000);
});

test("lists hidden entries and kinds, sorted, with any name", async () => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await shell.mkdir("d/sub");
  await writeFile(join(served.directory, "d", ".hidden"), "");
  await writeFile(join(served.directory, "d", "two\nlines"), "");
  await symlink("/nowhere", join(served.directory, "d", "link"));
  await shell.exec("mkfifo d/pipe");
  expect(await shell.list("d")).toEqual([
    { name: ".hidden", kind: "file" },
    { name: "link", kind: "symlink" },
    { name: "pipe", kind: "other" },
    { name: "sub", kind: "directory" },
    { name: "two\nlines", kind: "file" },
  ]);
  expect(await shell.exists("d/link")).toBe(true);
  await shell.rm("d", { recursive: true });
  expect(await shell.exists("d")).toBe(false);
});

test.each([
  [
    "reading what is not there",
    (shell: Shell) => shell.readFile("absent"),
    "could not read absent: cat: absent: No such file",
  ],
  ["reading a directory", (shell: Shell) => shell.readFile("/usr"), "Is a directory"],
  ["reading too much", (shell: Shell) => shell.readFile("/bin/bash", { maxBytes: 1000 }), "larger than 1000 bytes"],
  [
    "writing below a file",
    (shell: Shell) => shell.writeFile("/etc/passwd/x", "", { parents: true }),
    "could not write",
  ],
  ["listing what is not there", (shell: Shell) => shell.list("absent"), "could not list absent"],
  ["the stat of what is not there", (shell: Shell) => shell.stat("absent"), "could not stat absent"],
  ["removing a directory as a file", (shell: Shell) => shell.rm("/usr"), "Is a directory"],
])("says why %s fails", async (_what, act, message) => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await expect(act(shell)).rejects.toMatchObject({
    code: "TOOL_INPUT_INVALID",
    message: expect.stringContaining(message),
  });
  await expect.poll(() => served.host.live).toBe(0);
});

test.each([
  ["a time that is none", { timeoutMs: Number.NaN }],
  ["a negative bound", { maxOutputBytes: -1 }],
  ["no bound", { maxOutputBytes: Number.POSITIVE_INFINITY }],
  ["a variable that is none", { env: { "A B": "" } }],
])("refuses %s before it sends anything", async (_what, options) => {
  await using served = await serve();
  await using shell = await shellOf(served);
  await expect(shell.exec("touch sent", options)).rejects.toMatchObject({ code: "INVALID_OPTION" });
  expect(await shell.exists("sent")).toBe(false);
});
