import { statSync, symlinkSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { leftovers, NOTHING_LEFT } from "./__fixtures__/leftovers.ts";
import {
  daemonContext,
  directoryWith,
  type StartedWorkspace,
  startedWorkspace,
} from "./__fixtures__/started-workspace.ts";
import { ssh } from "./client/index.ts";

let started: StartedWorkspace;
let shell: StartedWorkspace["shell"];

beforeAll(async () => {
  started = await startedWorkspace({ "a.txt": "a", "src/b.txt": "b" }, { env: { GREETING: "hello" } });
  shell = started.shell;
});
afterAll(async () => {
  await started[Symbol.asyncDispose]();
  expect(leftovers()).toEqual(NOTHING_LEFT);
});
beforeEach(() => shell.reset?.(daemonContext()));

const output = async (command: string) => (await shell.exec(command)).stdout;

describe("the author's hands", () => {
  test("exec is the agent, in the workspace, with exactly the environment that was given", async () => {
    const { exitCode, stdout, stderr } = await shell.exec(
      "id -un; pwd; echo $GREETING; env | grep -c ^HUD_; cat; exit 7",
      { stdin: "in" },
    );
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 7,
      stdout: "agent\n/workspace\nhello\n0\nin",
      stderr: "",
    });
  });

  test("exec is bounded in time and output, and ended by its signal", async () => {
    expect(await shell.exec("sleep 60", { timeoutMs: 100 })).toMatchObject({ exitCode: null, timedOut: true });
    const flood = await shell.exec("head -c 1000000 /dev/zero | tr '\\0' x", { maxOutputBytes: 1000 });
    expect(flood.stdout).toMatch(/^x{500}\n\[… 999000 bytes dropped …\]\nx{500}$/);
    expect(flood.droppedBytes).toBe(999_000);
    await expect(shell.exec("sleep 60", { signal: AbortSignal.timeout(50) })).rejects.toThrow();
  });

  test("files are read and written byte for byte, owned by the agent, directories made on the way", async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    await shell.writeFile("new/deep/file.bin", bytes, { mode: 0o750 });
    expect(await shell.readFile("/workspace/new/deep/file.bin")).toEqual(bytes);
    expect(
      await output("stat -c '%U %G %a' new/deep/file.bin new/deep; echo x >> new/deep/file.bin && echo written"),
    ).toBe("agent agent 750\nagent agent 755\nwritten\n");
  });

  test("what is no regular file of the workspace reads as absent, links included", async () => {
    await shell.exec(
      "mkfifo pipe; ln -s /etc/passwd passwd; ln -s /etc etc; mkdir dir; head -c 100 /dev/zero > big; echo x > closed; chmod 0 closed",
    );
    for (const path of ["pipe", "passwd", "etc/passwd", "dir", "missing", "a.txt/below"])
      expect([path, await shell.readFile(path)]).toEqual([path, undefined]);
    expect(await shell.readFile("big", { maxBytes: 99 })).toBeUndefined();
    expect(String(await shell.readFile("closed"))).toBe("x\n");
  });

  test("writing replaces a link instead of following it, and refuses to go through one", async () => {
    using outside = directoryWith({ "target.txt": "outside" });
    await shell.exec(`ln -s ${outside.path}/target.txt link; ln -s ${outside.path} directory`);
    await shell.writeFile("link", "inside");
    expect(await output("cat link")).toBe("inside");
    await expect(shell.writeFile("directory/target.txt", "x")).rejects.toThrow(
      expect.objectContaining({ code: "TOOL_INPUT_INVALID" }),
    );
    expect(await readFile(join(outside.path, "target.txt"), "utf8")).toBe("outside");
  });

  test("a further seed is laid over the workspace and owned by the agent, whatever links the agent planted", async () => {
    using more = directoryWith({ "src/c.txt": "c", "planted/d.txt": "d" });
    using outside = directoryWith({});
    symlinkSync("c.txt", join(more.path, "src/link"));
    await shell.exec(`ln -s ${outside.path} planted`);
    await shell.seed(more.path);
    expect(await output("cat src/b.txt src/c.txt src/link planted/d.txt; stat -c %U src/c.txt planted")).toBe(
      "bccdagent\nagent\n",
    );
    await expect(stat(join(outside.path, "d.txt"))).rejects.toThrow(/ENOENT/);
    await expect(shell.seed("/nowhere")).rejects.toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("a reset", () => {
  test("puts files back: content, kind, modes and times, and nothing else stays", async () => {
    const listing = "find . -printf '%p %y %m %u %T@ %s\\n' | grep -v '^\\. ' | sort; cat a.txt";
    const before = await output(listing);
    await shell.exec(
      "echo spoilt > a.txt; touch -d 2001-01-01 src/b.txt; chmod 777 src; mv src moved; mkdir -p x/y; ln -s / root; rm -rf moved/b.txt",
    );
    expect(await output(listing)).not.toBe(before);
    await shell.reset?.(daemonContext());
    expect(await output(listing)).toBe(before);
  });

  test("ends every process and forgets /tmp", async () => {
    await shell.exec("(setsid nohup sleep 4242 > /dev/null 2>&1 &); echo x > /tmp/x");
    expect(await output("pgrep -fc '^sleep 4242'")).toBe("1\n");
    await shell.reset?.(daemonContext());
    expect(await output("pgrep -fc '^sleep 4242'; ls /tmp")).toBe("0\n");
  });

  test("goes back from an emptied workspace and from one that cannot be listed", async () => {
    await shell.exec("rm -rf ./* && mkdir -p $(printf 'd/%.0s' {1..300}) && chmod 0 d .");
    await shell.reset?.(daemonContext());
    expect(await output("ls")).toBe("a.txt\nsrc\n");
  });

  test("follows a fork bomb", async () => {
    await shell.exec("bomb() { bomb | bomb & }; bomb; sleep 1", { timeoutMs: 500 });
    await shell.reset?.(daemonContext());
    expect(await output("echo alive")).toBe("alive\n");
  });
});

test("a sandbox that died is replaced over the same files", async () => {
  await shell.exec("echo kept > kept.txt; echo lost > /tmp/lost");
  const supervisors = leftovers().processes.length;
  expect(supervisors).toBe(1);
  await shell.writeFile("outside.txt", "x");
  for (const pid of await sandboxPids()) process.kill(pid, "SIGKILL");
  await expect.poll(() => output("cat kept.txt; ls /tmp").catch(() => "")).toBe("kept\n");
});

async function sandboxPids(): Promise<number[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    names.map(async (name) => [
      Number(name),
      Number(/\) . (\d+)/.exec(await readFile(`/proc/${name}/stat`, "utf8").catch(() => ""))?.[1]),
    ]),
  );
  return parents.filter(([, parent]) => parent === process.pid).map(([pid]) => Number(pid));
}

test("the seed is never written, and keeps its owner and times", async () => {
  const before = statSync(join(started.seed, "a.txt"));
  await shell.exec("echo x > a.txt; rm -rf src; chmod 777 .");
  await shell.writeFile("a.txt", "author");
  const after = statSync(join(started.seed, "a.txt"));
  expect([await readFile(join(started.seed, "a.txt"), "utf8"), after.uid, after.mtimeMs, after.mode]).toEqual([
    "a",
    before.uid,
    before.mtimeMs,
    before.mode,
  ]);
});

describe("openings", () => {
  test("the inside reaches exactly the one address that is provided", async () => {
    await using target = await greeter("provided");
    await using other = await greeter("other");
    await shell.provide(7001, `127.0.0.1:${target.port}`);
    expect(await output("exec 3<>/dev/tcp/127.0.0.1/7001; cat <&3")).toBe("provided");
    expect((await shell.exec(`exec 3<>/dev/tcp/127.0.0.1/${other.port}`)).exitCode).not.toBe(0);
  });

  test("a forwarded port leads to whoever listens inside at that moment", async () => {
    const forwarded = await shell.forward(7002);
    const server = `require("net").createServer((s) => s.end("inside")).listen(7002, "127.0.0.1")`;
    await shell.exec(
      `(setsid node -e '${server}' > /dev/null 2>&1 &); until (exec 3<>/dev/tcp/127.0.0.1/7002) 2> /dev/null; do :; done`,
    );
    expect(await text(connect(forwarded.port, forwarded.host))).toBe("inside");
    await forwarded[Symbol.asyncDispose]();
    await expect(text(connect(forwarded.port, forwarded.host))).rejects.toThrow(/ECONNREFUSED/);
  });

  test("what a task opened is closed by the reset", async () => {
    await using target = await greeter("provided");
    await shell.provide(7003, `tcp://127.0.0.1:${target.port}`);
    const forwarded = await shell.forward(7003);
    await shell.reset?.(daemonContext());
    expect((await shell.exec("exec 3<>/dev/tcp/127.0.0.1/7003")).exitCode).not.toBe(0);
    await expect(text(connect(forwarded.port, forwarded.host))).rejects.toThrow(/ECONNREFUSED/);
  });

  test.each(["", "no-port", "http//x", "127.0.0.1:0"])("an address like %j is refused", async (target) => {
    await expect(shell.provide(7004, target)).rejects.toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

async function greeter(greeting: string): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((socket) => socket.end(greeting)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe("the server", () => {
  const connection = () => ({
    signal: AbortSignal.timeout(20_000),
    dial: async () => connect(Number(new URL(started.capability.url).port), "127.0.0.1"),
    localUrl: async () => started.capability.url,
  });

  test("publishes all that a client needs, and no more", () => {
    expect(started.capability).toEqual({
      name: "shell",
      protocol: "ssh/2",
      url: expect.stringMatching(/^ssh:\/\/127\.0\.0\.1:\d+$/),
      params: {
        user: "agent",
        host_pubkey: expect.stringMatching(/^ssh-ed25519 /),
        client_key: expect.stringMatching(/^-----BEGIN OPENSSH PRIVATE KEY-----/),
        shell: "bash",
        cwd: "/workspace",
        isolation: "bwrap",
      },
    });
  });

  test("stays through a reset at the same port with the same keys, while sessions of before it end", async () => {
    await using before = await ssh.connect(started.capability, connection());
    await before.writeFile("mine.txt", "mine");
    const interrupted = before.exec("sleep 60").catch((error: unknown) => error);
    await expect.poll(() => output("pgrep -fc '^sleep 60'")).toBe("1\n");
    await shell.reset?.(daemonContext());
    expect(await interrupted).toBeInstanceOf(Error);
    await using after = await ssh.connect(started.capability, connection());
    expect((await after.exec("ls; pwd")).stdout).toBe("a.txt\nsrc\n/workspace\n");
    expect((await before.exec("ls")).stdout).toBe("a.txt\nsrc\n");
  });

  test("serves the sandbox that takes the place of one that died", async () => {
    await using client = await ssh.connect(started.capability, connection());
    await client.exec("echo kept > kept.txt");
    for (const pid of await sandboxPids()) process.kill(pid, "SIGKILL");
    await expect
      .poll(
        () =>
          client.exec("cat kept.txt").then(
            ({ stdout }) => stdout,
            () => "",
          ),
        { timeout: 15_000 },
      )
      .toBe("kept\n");
  });
});
