import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { leftovers, NOTHING_LEFT } from "./__fixtures__/leftovers.ts";
import {
  daemonContext,
  directoryWith,
  type StartedWorkspace,
  startedWorkspace,
} from "./__fixtures__/started-workspace.ts";

let started: StartedWorkspace;
let shell: StartedWorkspace["shell"];

beforeAll(async () => {
  started = await startedWorkspace({ "package.json": "{}", "src/sum.js": "0", "test/sum.test.js": "honest" });
  shell = started.shell;
});
afterAll(async () => {
  await started[Symbol.asyncDispose]();
  expect(leftovers()).toEqual(NOTHING_LEFT);
});
beforeEach(() => shell.reset?.(daemonContext()));

const live = (command: string) => shell.live.run({ command }, { signal: AbortSignal.timeout(20_000) });
const stdout = async (command: string, request?: Parameters<StartedWorkspace["grade"]>[1]) =>
  (await started.grade(command, request)).stdout;

describe("over the snapshot", () => {
  test("a command sees what the agent left, where the agent saw it, and no program of the agent's", async () => {
    await shell.exec("echo 42 > src/sum.js; (setsid sleep 4243 > /dev/null 2>&1 &); echo x > /tmp/x");
    expect(await stdout("pwd; cat src/sum.js; pgrep -fc '^sleep 4243'; ls /tmp")).toBe("/workspace\n42\n0\n");
  });

  test("what a command writes is seen by no other, not even one at its side", async () => {
    const commands = [1, 2, 3].map((n) => `echo ${n} > mine-${n}; sleep 0.2; ls | grep -c mine`);
    expect(await Promise.all(commands.map((command) => stdout(command)))).toEqual(["1\n", "1\n", "1\n"]);
    expect(await stdout("ls | grep -c mine")).toBe("0\n");
  });

  test("what happens in the workspace after the freeze is not graded", async () => {
    await shell.exec("echo graded > a");
    await shell.freeze?.({ signal: new AbortController().signal });
    await shell.exec("echo too late > a; rm -r src");
    expect(await stdout("cat a; ls src")).toBe("graded\nsum.js\n");
  });

  test("files are there for the command alone, and read-only", async () => {
    using hidden = directoryWith({ "sum.test.js": "hidden", "deep/data.txt": "deep" });
    const files = { "/grading": pathToFileURL(hidden.path), "/answer.txt": join(hidden.path, "deep/data.txt") };
    expect((await shell.exec("ls /grading /answer.txt")).exitCode).not.toBe(0);
    expect(
      await stdout("cat /grading/sum.test.js /answer.txt; echo x > /grading/sum.test.js || echo kept", { files }),
    ).toBe("hiddendeepkept\n");
    expect((await started.grade("ls /grading")).exitCode).not.toBe(0);
    expect(await readFile(join(hidden.path, "sum.test.js"), "utf8")).toBe("hidden");
  });

  test("files lie over what the agent put in their place, and through no link of its", async () => {
    using hidden = directoryWith({ "sum.test.js": "hidden" });
    await shell.exec("rm -r test; ln -s /usr test; ln -s /etc/passwd check.js");
    const files = {
      "/workspace/test": hidden.path,
      "/workspace/check.js": join(hidden.path, "sum.test.js"),
      "/workspace/a/b": hidden.path,
    };
    expect(await stdout("cat test/sum.test.js check.js a/b/sum.test.js; ls /usr | grep -c sum", { files })).toBe(
      "hiddenhiddenhidden0\n",
    );
  });

  test("restore puts paths back from the baseline and removes what was never there", async () => {
    await shell.exec(
      "echo spoilt > package.json; rm -r test; ln -s src test; echo planted > conftest.py; echo 42 > src/sum.js",
    );
    const restore = ["package.json", "/workspace/test", "conftest.py"];
    expect(await stdout("cat package.json test/sum.test.js src/sum.js; ls; stat -c %U test", { restore })).toBe(
      "{}honest42\npackage.json\nsrc\ntest\nagent\n",
    );
  });

  test("there is no way out and no secret", async () => {
    process.env["SECRET_OF_THE_SERVER"] = "s3cret";
    try {
      expect(
        await stdout("env; cat /proc/*/environ 2> /dev/null | tr '\\0' '\\n'; cat /proc/net/route | wc -l"),
      ).not.toMatch(/s3cret|SECRET_OF/);
    } finally {
      delete process.env["SECRET_OF_THE_SERVER"];
    }
  });

  test("a timeout ends the command with all it started", async () => {
    const before = Date.now();
    expect(await started.grade("sleep 60 & sleep 60", { timeoutMs: 200 })).toMatchObject({
      exitCode: null,
      timedOut: true,
    });
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  test.each([
    ["a file that is not there", { files: { "/grading": "/nowhere" } }, /not there/],
    ["a relative target", { files: { grading: "/tmp" } }, /absolute path inside/],
    ["a path outside to restore", { restore: ["../etc/passwd"] }, /beneath \/workspace/],
  ])("%s is the author's mistake", async (_, request, message) => {
    await expect(started.grade("true", request)).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(message) }),
    );
  });
});

describe("what an agent did to itself is graded", () => {
  test.each([
    ["an emptied workspace", "rm -rf /workspace/* /workspace/.[!.]*", "0\n"],
    ["one without permissions", "chmod -R 0 .", "3\n"],
    ["a fork bomb", "bomb() { bomb | bomb & }; bomb", "3\n"],
    [
      "nesting beyond what a path can name",
      "d=$(printf 'd%.0s' {1..200}); for i in {1..40}; do mkdir $d && cd $d || exit; done",
      "4\n",
    ],
  ])("%s", async (_, deed, count) => {
    await shell.exec(deed, { timeoutMs: 2000 });
    const { exitCode, stdout: counted } = await started.grade("ls -A 2> /dev/null | wc -l");
    expect([exitCode, counted]).toEqual([0, count]);
  });

  test("a sandbox that was ended from inside", async () => {
    await shell.exec("echo done > a");
    for (const pid of await childPids()) process.kill(pid, "SIGKILL");
    expect(await stdout("cat a")).toBe("done\n");
  });

  test("a command whose sandbox is brought down is one that failed", async () => {
    const grading = started.grade("echo begun; sleep 60");

    await expect.poll(grandchildren, { timeout: 15_000 }).toContain("sleep");
    for (const pid of await childPids()) process.kill(pid, "SIGKILL");
    expect(await grading).toMatchObject({ exitCode: null, timedOut: false });
  });
});

describe("live", () => {
  test("a command runs beside what the agent left running, as a user that it cannot signal", async () => {
    await shell.exec("(setsid sleep 4244 > /dev/null 2>&1 &); touch mark");
    expect((await live("id -un; pgrep -fc '^sleep 4244'; ls mark")).stdout).toBe("grader\n1\nmark\n");
    const grading = live("echo $$ > /tmp/pid; chmod 644 /tmp/pid; sleep 1; echo survived");
    await expect
      .poll(async () => (await shell.exec("cat /tmp/pid && kill -9 $(cat /tmp/pid)")).stderr)
      .toMatch(/not permitted/);
    expect((await grading).stdout).toBe("survived\n");
  });

  test("after the freeze it is an error, until the reset", async () => {
    await shell.freeze?.({ signal: new AbortController().signal });
    await expect(live("true")).rejects.toThrow(expect.objectContaining({ code: "GRADE_INVALID" }));
    await shell.reset?.(daemonContext());
    expect((await live("true")).exitCode).toBe(0);
  });

  test("files and restore are refused", async () => {
    for (const request of [{ files: { "/grading": "/tmp" } }, { restore: ["a"] }]) {
      const running = shell.live.run({ command: "true", ...request }, { signal: AbortSignal.timeout(1000) });
      await expect(running).rejects.toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });
});

describe("a snapshot", () => {
  test("keeps what was, through later work and a reset, until it is disposed", async () => {
    await shell.exec("echo first > a; (setsid sleep 4245 > /dev/null 2>&1 &)");
    const snapshot = await shell.snapshot();
    expect((await shell.exec("pgrep -fc '^sleep 4245'; echo second > a; cat a")).stdout).toBe("0\nsecond\n");
    await shell.reset?.(daemonContext());
    expect(String(await snapshot.readFile("a"))).toBe("first\n");
    expect(
      (await snapshot.run({ command: "cat /workspace/a; rm a" }, { signal: AbortSignal.timeout(20_000) })).stdout,
    ).toBe("first\n");
    expect(await snapshot.readFile("/etc/passwd".slice(1))).toBeUndefined();
    await snapshot[Symbol.asyncDispose]();
    await snapshot[Symbol.asyncDispose]();
  });
});

async function childPids(): Promise<number[]> {
  return (await processes()).filter(({ parent }) => parent === process.pid).map(({ pid }) => pid);
}

async function grandchildren(): Promise<string[]> {
  const all = await processes();
  const below = new Set([process.pid]);
  for (const _round of all) for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
  return all.filter(({ pid }) => below.has(pid)).map(({ name }) => name);
}

async function processes(): Promise<{ pid: number; parent: number; name: string }[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")));
  return stats.flatMap((line) => {
    const [, pid, name, parent] = /^(\d+) \((.*)\) . (\d+)/s.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), name: name ?? "" }];
  });
}
