import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isRunning } from "@hud-ts/core/adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Arena, arena, secret, systemCall } from "./arena.ts";

// What the inside can see of files and processes, and what it can do to them.
let ring: Arena;
beforeAll(async () => {
  ring = await arena();
});
afterAll(() => ring[Symbol.asyncDispose]());

/** A process of this machine with a secret in its environment and one on its command line. */
async function bystander(): Promise<{ pid: number; inEnvironment: string; inArguments: string }> {
  const [inEnvironment, inArguments] = [secret(), secret()];
  const child = spawn("bash", ["-c", "echo up; while :; do sleep 1; done", inArguments], {
    env: { PATH: process.env["PATH"], API_KEY: inEnvironment },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  await once(child.stdout, "data");
  const pid = child.pid ?? 0;
  await ring.scope.add(() => isRunning(pid) && process.kill(-pid, "SIGKILL"));
  return { pid, inEnvironment, inArguments };
}

describe("a process table and users of its own", () => {
  test("hide the server's environment and arguments", async () => {
    const { inEnvironment, inArguments } = await bystander();
    const attempt =
      "cat /proc/*/environ /proc/*/cmdline /proc/*/task/*/environ 2>/dev/null | tr '\\0' '\\n'; ps auxeww";
    const seen = await ring.unconfined(attempt);
    expect(seen).toContain(inEnvironment);
    expect(seen).toContain(inArguments);
    const got = await ring.agent(attempt);
    expect(got).not.toContain(inEnvironment);
    expect(got).not.toContain(inArguments);
  });

  test("start from an empty environment, whatever the server holds", async () => {
    process.env["ATTACKED_API_KEY"] = secret();
    try {
      expect(await ring.unconfined("env")).toContain(process.env["ATTACKED_API_KEY"]);
      expect((await ring.agent("env | cut -d= -f1 | sort")).trim().split("\n")).toEqual(
        expect.arrayContaining(["HOME", "LANG", "PATH"]),
      );
      expect(await ring.agent("env; cat /proc/1/environ /proc/2/environ")).not.toContain("ATTACKED");
    } finally {
      delete process.env["ATTACKED_API_KEY"];
    }
  });

  test("show no path of this machine on the command line of the sandbox itself", async () => {
    const got = await ring.agent("cat /proc/*/cmdline /proc/self/mountinfo | tr '\\0' ' '");
    expect(got).not.toContain(process.cwd());
    expect(await ring.agent("cat /proc/*/cmdline | tr '\\0' ' '")).not.toContain(ring.inside.root);
  });

  test("let no process outside be signalled or traced", async () => {
    const { pid } = await bystander();
    const kill = `kill -9 ${pid} && echo killed`;
    await ring.agent(kill);
    await ring.agent("kill -9 -1");
    expect(isRunning(pid)).toBe(true);
    expect(await ring.unconfined(kill)).toContain("killed");
  });

  test("keep the supervisor alive under everything the agent sends it", async () => {
    await ring.agent(
      "kill -9 1; kill -9 2; killall -9 node; kill -STOP 1 2; for p in $(ls /proc | grep '^[0-9]'); do kill -9 $p; done",
    );
    await ring.agent("kill -9 -1");
    expect(await ring.agent("echo alive")).toBe("alive\n");
    expect(ring.inside.sandbox.lost.aborted).toBe(false);
  });

  test("hide the supervisor's memory, environment and descriptors", async () => {
    const attempt = (pid: string) =>
      `head -c 1 /proc/${pid}/environ > /dev/null && ls /proc/${pid}/fd && head -c 0 /proc/${pid}/mem && echo seen`;
    expect(await ring.unconfined(attempt("$$"))).toContain("seen");
    for (const pid of ["1", "2"]) expect(await ring.agent(attempt(pid))).not.toContain("seen");
  });
});

describe("a view of chosen paths", () => {
  test("has neither hidden tests nor other files of the state directory", async () => {
    const content = secret();
    const hidden = join(dirname(ring.inside.root), "hidden");
    await mkdir(hidden);
    await writeFile(join(hidden, "grade.test.js"), content);
    const attempt = `cat ${hidden}/* /proc/self/cwd/../hidden/* ../hidden/* /proc/1/root${hidden}/* /proc/1/cwd/../hidden/*`;
    expect(await ring.unconfined(attempt)).toContain(content);
    expect(await ring.agent(attempt)).not.toContain(content);
    expect(
      await ring.agent(`ln -s ${hidden} link; cat link/*; ln ${hidden}/grade.test.js hard; cat hard`),
    ).not.toContain(content);
  });

  test("has no secrets of the machine", async () => {
    const attempt = "cat /etc/shadow && echo read; ls -A /root /home /etc/ssl/private /etc/ssh && echo listed";
    expect(await ring.unconfined(attempt)).toContain("read");
    const got = await ring.agent(attempt);
    expect(got).not.toContain("read\n");
    expect(got).not.toContain("listed");
    expect(await ring.agent("cat /etc/passwd")).not.toContain("/root");
  });

  test("can be written in the workspace and /tmp alone", async () => {
    const attempt = (at: string) => `touch ${at}/hud-attack && echo wrote; rm -f ${at}/hud-attack`;
    expect(await ring.unconfined(attempt("/"))).toBe("wrote\n");
    for (const at of ["/", "/usr", "/usr/bin", "/etc", "/run", "/dev", "/proc", "/var", "/opt", "/mnt"]) {
      expect(await ring.agent(attempt(at))).not.toContain("wrote");
    }
    expect(await ring.agent(attempt("/tmp"))).toBe("wrote\n");
    expect(await ring.agent(attempt("/workspace"))).toBe("wrote\n");
  });
});

test("no new privileges: a setuid program of root runs as the agent", async () => {
  const directory = await mkdtemp(join(tmpdir(), "setuid-"));
  await ring.scope.add(() => rm(directory, { recursive: true }));
  await chmod(directory, 0o755);
  for (const path of [join(directory, "id"), join(ring.inside.root, "id")]) {
    await copyFile("/usr/bin/id", path);
    await chmod(path, 0o4755);
  }
  const nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups";
  expect(await ring.unconfined(`${nobody} ${directory}/id -u`)).toBe("0\n");
  expect(await ring.agent("./id -u")).toBe("1000\n");
  expect(await ring.agent("su -c id; sudo id")).not.toContain("uid=0");
});

test("no tracing, also of one's own children", async () => {
  const attach = (pid: string) => systemCall({ x64: 101, arm64: 117 }, `16, ${pid}, 0, 0`);
  const attempt = `sleep 5 & pid=$!; ${attach("0 + $ENV{target}").replace("perl", "target=$pid perl")}; kill -9 $pid`;
  expect(await ring.unconfined(attempt)).toContain("worked");
  expect(await ring.agent(attempt)).toContain("refused: Operation not permitted");
});
