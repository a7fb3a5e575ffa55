import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { never, testSandbox } from "./__fixtures__/sandbox-root.ts";
import { startSandbox } from "./start-sandbox.ts";

const MIB = 1024 * 1024;

test("shows what is mounted, read-only, also when it lies where the sandbox may not pass", async () => {
  const directory = await mkdtemp(join(tmpdir(), "hud-private-")); // mode 0700
  try {
    await writeFile(join(directory, "hidden.test.js"), "secret", { mode: 0o600 });
    await using inside = await testSandbox({ mounts: [{ source: directory, target: "/tests/unit" }] });
    expect(await inside.sh("cat /tests/unit/hidden.test.js")).toBe("secret");
    expect(await inside.sh("echo x >> /tests/unit/hidden.test.js; touch /tests/unit/new; touch /tests/new")).toMatch(
      /(.*(Permission denied|Read-only file system)\n){3}/,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("refuses what it could not honour, and leaves nothing", async () => {
  await expect(testSandbox({ root: "relative" })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  await expect(testSandbox({ root: "/nonexistent" })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  await expect(testSandbox({ limits: { processes: 0 } })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  await expect(testSandbox({ mounts: [{ source: "/nonexistent", target: "/x" }] })).rejects.toMatchObject({
    code: "INVALID_OPTION",
    message: expect.stringContaining("/nonexistent"),
  });
  const directory = await mkdtemp(join(tmpdir(), "hud-private-"));
  try {
    const source = join(directory, "data");
    await mkdir(source, { mode: 0o777 });
    await expect(testSandbox({ mounts: [{ source, target: "/x", readOnly: false }] })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      hint: expect.stringContaining("0711"),
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("takes users of its own when it is given none", async () => {
  const directory = await mkdtemp("/var/tmp/hud-test-");
  try {
    await chmod(directory, 0o711);
    const root = join(directory, "root");
    await mkdir(root);
    await using sandbox = await startSandbox({ root, guestPath: "/home/agent/work" }, { signal: never });
    const { stdout } = await sandbox.run(
      { command: "echo mine > file; pwd; stat -c %U file; echo $HOME" },
      { signal: never },
    );
    expect(stdout).toBe("/home/agent/work\nagent\n/home/agent/work\n");
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("rejects with the reason of a signal that fires while it starts", async () => {
  const controller = new AbortController();
  await using inside = await testSandbox();
  const starting = startSandbox({ root: inside.root }, { signal: controller.signal });
  controller.abort(new Error("changed my mind"));
  await expect(starting).rejects.toThrow("changed my mind");
});

test("bounds what programs may take", async () => {
  await using inside = await testSandbox({
    limits: { tmpBytes: 2 * MIB, fileBytes: 4 * MIB, openFiles: 64, memoryBytes: 200 * MIB },
  });
  expect(inside.sandbox.isolation.weaker).toEqual([]);
  expect(await inside.sh("head -c 3000000 /dev/zero > /tmp/big")).toContain("No space left on device");
  expect(await inside.sh("head -c 3000000 /dev/zero > /run/big")).toContain("Read-only file system");
  expect(await inside.sh("head -c 5000000 /dev/zero > big; stat -c %s big")).toContain(String(4 * MIB));
  expect(await inside.sh("ulimit -n; ulimit -c")).toBe("64\n0\n");
  const hog = 'node -e "const all = []; for (;;) all.push(Buffer.alloc(10e6, 1))"';
  const { exitCode, stdout } = await inside.sandbox.run({ command: `${hog}; echo $?` }, { signal: never });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "137\n" });
  expect(await inside.sh("echo still here")).toBe("still here\n");
});

test("shows programs nothing of the machine beside its system", async () => {
  await using inside = await testSandbox();
  expect(
    await inside.sh(
      "ls -d /root /home /var/lib /etc/shadow /etc/ssh /proc/sys/kernel/core_pattern 2>/dev/null | xargs",
    ),
  ).toBe("/proc/sys/kernel/core_pattern\n");
  expect(await inside.sh("echo x > /proc/sys/kernel/core_pattern")).toContain("Read-only file system");
  expect(await inside.sh("cat /proc/1/environ /proc/2/environ; ls /proc/2/fd")).toMatch(/(.*Permission denied\n){3}/);
  expect(await inside.sh("ls /proc/self/fd | xargs")).toBe("0 1 2 3\n"); // the last is of ls
  expect(await inside.sh("cat /proc/self/oom_score_adj; echo 0 > /proc/self/oom_score_adj")).toMatch(
    /^1000\n.*Read-only/,
  );
  expect(await inside.sh("grep -E 'NoNewPrivs|Seccomp:|CapEff|CapPrm' /proc/self/status | cut -f2 | xargs")).toBe(
    "0000000000000000 0000000000000000 1 2\n",
  );
  expect(await inside.sh("tr '\\0' ' ' < /proc/1/cmdline")).not.toContain("/var/tmp");
  expect(await inside.sh("cat /etc/hosts /etc/passwd | cut -d: -f1 | xargs; hostname")).toBe(
    "127.0.0.1 localhost sandbox root agent grader nobody\nsandbox\n",
  );
  expect(await inside.sh("ls /run/supervisor")).toContain("Permission denied");
  expect((await inside.sh("node -p '1+1'; npm --version")).split("\n")[0]).toBe("2");
});
