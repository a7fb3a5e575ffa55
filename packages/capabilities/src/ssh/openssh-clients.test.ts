import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { serve } from "./__fixtures__/served.ts";
import { createSshKeys } from "./ssh-keys.ts";

type Served = Awaited<ReturnType<typeof serve>>;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[], input = ""): Promise<Ended> {
  const child = spawn(program, args, { stdio: "pipe" });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { status, stdout, stderr };
}

function ssh({ openssh, server }: Served, args: readonly string[], input?: string): Promise<Ended> {
  return run("ssh", [...openssh, "-p", String(server.port), ...args], input);
}

const HOST = "agent@127.0.0.1";

describe.each(["none", "required"] as const)("with isolation %s", (isolation) => {
  test("ssh runs a command: status, both streams, input and its end, the directory", async () => {
    await using served = await serve({ isolation });
    expect(await ssh(served, [HOST, "pwd; cat; echo problem >&2; exit 7"], "input")).toEqual({
      status: 7,
      stdout: `${served.guestPath}\ninput`,
      stderr: "problem\n",
    });
  });

  test.each([
    ["exit 300", 44],
    ["kill -9 $$", 137],
    ["kill -TERM $$", 143],
  ])("ssh sees `%s` as status %i", async (command, status) => {
    await using served = await serve({ isolation });
    expect(await ssh(served, [HOST, command])).toMatchObject({ status });
  });

  test("ssh without a command gets a login shell that reads its input", async () => {
    await using served = await serve({ isolation });
    expect(await ssh(served, ["-T", HOST], "shopt -q login_shell && echo login\nexit 3\n")).toEqual({
      status: 3,
      stdout: "login\n",
      stderr: "",
    });
  });

  test("ssh -tt gets a terminal with its type and size, both streams in one", async () => {
    await using served = await serve({ isolation });
    const command = 'test -t 0 && test -t 1 && test -t 2 && echo "$TERM"; stty size; echo problem >&2; exit 5';
    const outer = `stty cols 111 rows 22; TERM=vt220 exec ssh ${served.openssh.join(" ")} -tt -p ${served.server.port} ${HOST} '${command}'`;
    const { status, stdout } = await run("script", ["-qec", outer, "/dev/null"]);
    const printed = stdout.replaceAll("^@", "").replaceAll("\r", ""); // the end of the outer terminal's own input
    expect({ status, lines: printed.trim().split("\n") }).toEqual({
      status: 5,
      lines: ["vt220", "22 111", "problem"],
    });
  });

  test("only the terminal's and the language's variables are taken from the client", async () => {
    await using served = await serve({ isolation });
    const asked = ["LC_TIME=C.UTF-8", "LANG=C", "SECRET=1", "LD_PRELOAD=/x.so", "BASH_ENV=/x"];
    const { stdout } = await ssh(served, [...asked.flatMap((pair) => ["-o", `SetEnv=${pair}`]), HOST, "env"]);
    const seen = stdout.split("\n");
    expect(asked.filter((pair) => seen.includes(pair))).toEqual(["LC_TIME=C.UTF-8"]); // OpenSSH sends the first SetEnv alone
    expect(stdout).not.toMatch(/^(SECRET|LD_PRELOAD|BASH_ENV)=/m);
  });

  test("sftp and both protocols of scp carry files there and back, 20 MB in a sandbox", async () => {
    await using served = await serve({ isolation });
    const { secrets: directory, openssh, server } = served;
    const bytes = randomBytes((isolation === "none" ? 1 : 20) << 20);
    await writeFile(join(directory, "local"), bytes);
    const batch = `put ${directory}/local uploaded\nget uploaded ${directory}/downloaded\nls\n`;
    const sftp = await run("sftp", [...openssh, "-P", String(server.port), "-b", "-", HOST], batch);
    expect(sftp).toMatchObject({ status: 0, stdout: expect.stringContaining("uploaded") });
    expect(bytes.equals(await readFile(join(directory, "downloaded")))).toBe(true);
    for (const protocol of ["-O", "-s"]) {
      const scp = [...openssh, "-q", protocol, "-P", String(server.port)];
      expect(await run("scp", [...scp, join(directory, "local"), `${HOST}:sent${protocol}`])).toMatchObject({
        status: 0,
      });
      expect(await run("scp", [...scp, `${HOST}:sent${protocol}`, join(directory, "back")])).toMatchObject({
        status: 0,
      });
      expect(bytes.equals(await readFile(join(directory, "back")))).toBe(true);
    }
  });

  test("ssh -R opens a port among the programs, whose connections reach the client's side", async () => {
    await using served = await serve({ isolation, forwards: true });
    const target = createServer((socket) => socket.end("from outside").resume()).listen(0, "127.0.0.1");
    await once(target, "listening");
    const { port } = target.address() as AddressInfo;
    try {
      const forward = ["-R", `0:127.0.0.1:${port}`, "-o", "ExitOnForwardFailure=yes"];
      const child = spawn("ssh", [
        "-o",
        "LogLevel=INFO",
        ...forward,
        ...served.openssh,
        "-p",
        String(served.server.port),
        HOST,
        "cat",
      ]);
      const allocated = await new Promise<string>((resolve) => {
        child.stderr.on("data", (chunk: Buffer) => {
          const found = /Allocated port (\d+)/.exec(chunk.toString())?.[1];
          if (found !== undefined) resolve(found);
        });
      });
      const inside = await ssh(served, [HOST, `exec 3<>/dev/tcp/127.0.0.1/${allocated}; echo hi >&3; cat <&3`]);
      expect(inside).toMatchObject({ status: 0, stdout: "from outside" });
      child.stdin.end();
      expect(await once(child, "exit")).toEqual([0, null]);
      const after = await ssh(served, [HOST, `exec 3<>/dev/tcp/127.0.0.1/${allocated}`]);
      expect(after.stderr).toContain("Connection refused");
    } finally {
      target.close();
    }
  });

  test("refuses what reaches beyond the programs", async () => {
    await using served = await serve({ isolation });
    const strict = ["-o", "ExitOnForwardFailure=yes"];
    const remote = await ssh(served, [...strict, "-R", "0:127.0.0.1:9", HOST, "true"]);
    expect(remote).toMatchObject({ status: 255, stderr: expect.stringContaining("remote port forwarding failed") });
    const direct = await ssh(served, ["-W", `127.0.0.1:${served.server.port}`, HOST]);
    expect(direct).toMatchObject({ status: 255, stderr: expect.stringContaining("stdio forwarding failed") });
    const other = await ssh(served, ["-s", HOST, "netconf"]);
    expect(other).toMatchObject({ status: 255, stderr: expect.stringContaining("subsystem request failed") });
  });

  test("lets in the one user by the one key", async () => {
    await using served = await serve({ isolation });
    const stranger = join(served.secrets, "stranger");
    await writeFile(stranger, createSshKeys().clientKey, { mode: 0o600 });
    const denied = { status: 255, stderr: expect.stringContaining("Permission denied (publickey)") };
    expect(await ssh(served, ["root@127.0.0.1", "true"])).toMatchObject(denied);
    const openssh = served.openssh.map((option) => (option === served.keyFile ? stranger : option));
    expect(await ssh({ ...served, openssh }, [HOST, "true"])).toMatchObject(denied);
  });
});
