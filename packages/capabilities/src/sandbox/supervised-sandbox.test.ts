import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { SdkError } from "@hud-ts/core/adapter";
import { expect, test } from "vitest";
import { never, testSandbox } from "./__fixtures__/sandbox-root.ts";

const options = { signal: never };

test("streams a program's input and output while it runs", async () => {
  await using inside = await testSandbox();
  const program = await inside.sandbox.start({ argv: ["cat"] }, options);
  for (const word of ["one", "two"]) {
    program.stdin.write(word);
    expect(String((await once(program.stdout, "data"))[0])).toBe(word);
  }
  program.stdin.end();
  expect(await program.exit).toEqual({ code: 0, signal: null });
  expect(await text(program.stderr)).toBe("");
});

test("pushes back: what is not read is not produced, and others go on", async () => {
  await using inside = await testSandbox();
  const flood = await inside.sandbox.start(
    { argv: ["bash", "-c", "while head -c 100000 /dev/zero; do echo $((++n)) > written; done"] },
    options,
  );
  let before = "";
  await expect
    .poll(async () => {
      const last = before;
      before = await inside.sh("cat written; sleep 0.1");
      return before === last;
    })
    .toBe(true);
  expect(Number(before) * 100_000).toBeLessThan(4_000_000);
  flood.kill("SIGKILL");
  expect(await flood.exit).toEqual({ code: null, signal: "SIGKILL" });
});

test("ends a program with SIGPIPE when nobody wants its output", async () => {
  await using inside = await testSandbox();
  const program = await inside.sandbox.start({ argv: ["yes"] }, options);
  await once(program.stdout, "data");
  program.stdout.destroy();
  expect(await program.exit).toEqual({ code: null, signal: "SIGPIPE" });
});

test("tries SIGTERM first, and SIGKILL a second later for the whole group", async () => {
  await using inside = await testSandbox();
  const polite = await inside.sandbox.start(
    { argv: ["bash", "-c", "trap 'exit 5' TERM; echo up; sleep 30 & wait"] },
    options,
  );
  await once(polite.stdout, "data");
  polite.kill();
  expect(await polite.exit).toEqual({ code: 5, signal: null });
  const stubborn = await inside.sandbox.start(
    { argv: ["bash", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"] },
    options,
  );
  await once(stubborn.stdout, "data");
  stubborn.kill();
  expect(await stubborn.exit).toEqual({ code: null, signal: "SIGKILL" });
});

test("explains why a program cannot be started", async () => {
  await using inside = await testSandbox();
  await expect(inside.sandbox.start({ argv: ["no-such"] }, options)).rejects.toMatchObject({
    code: "TOOL_INPUT_INVALID",
    message: expect.stringContaining("there is no such program"),
  });
  await expect(inside.sandbox.start({ argv: ["/etc/passwd"] }, options)).rejects.toThrow("not executable");
});

test("gives terminals: a controlling one, its size, and changes of it", async () => {
  await using inside = await testSandbox();
  const terminal = { columns: 90, rows: 30, term: "xterm" };
  const shell = await inside.sandbox.start({ argv: ["bash", "--norc"], terminal }, options);
  let screen = "";
  shell.stdout.on("data", (bytes) => {
    screen += bytes;
  });
  shell.stdin.write("tty; echo $TERM; stty size; trap 'echo resized-to $(stty size)' WINCH; echo ready=$((1+1))\n");
  await expect.poll(() => screen).toContain("ready=2");
  expect(screen).toMatch(/\/dev\/pts\/\d+\r\nxterm\r\n30 90\r\n/);
  shell.resize({ columns: 100, rows: 40 });
  const resized = () => {
    shell.stdin.write("\n"); // bash runs the trap when it next reads a line
    return screen;
  };
  await expect.poll(resized).toContain("resized-to 40 100");
  shell.stdin.write("exit 3\n");
  expect(await shell.exit).toEqual({ code: 3, signal: null });
});

test("ends what holds a terminal", async () => {
  await using inside = await testSandbox();
  const terminal = { columns: 80, rows: 24, term: "xterm" };
  const program = await inside.sandbox.start({ argv: ["bash", "-c", "echo up; sleep 30"], terminal }, options);
  await once(program.stdout, "data");
  program.kill();
  await program.exit;
  expect(await inside.sh("pgrep sleep")).toBe("");
});

test("keeps the grader out of the agent's reach", async () => {
  await using inside = await testSandbox();
  const grader = await inside.sandbox.start({ argv: ["sleep", "30"], user: "grader" }, options);
  expect(await inside.sh("pkill -9 sleep; cat /proc/$(pgrep sleep)/environ; kill -9 -1; true")).toContain(
    "ermission denied",
  );
  expect(await inside.sh("id -un; echo $HOME; touch $HOME/mine; ls $HOME", "grader")).toMatch(
    /^grader\n\/tmp\/\.grader-\w+\nmine\n$/,
  );
  expect(await inside.sh("ls /tmp/.grader-*")).toContain("Permission denied");
  grader.kill("SIGKILL");
  await grader.exit;
});

test("ends everything of agent and grader, also what forks without end", async () => {
  await using inside = await testSandbox({ limits: { processes: 40 } });
  await inside.sandbox.start({ argv: ["sleep", "30"], user: "grader" }, options);
  await inside.sandbox.start({ argv: ["bash", "-c", "f() { f | f & }; f; sleep 30"] }, options);
  await expect.poll(() => inside.sh("pgrep -u agent -c bash", "grader").then(Number)).toBeGreaterThan(30);
  const started = performance.now();
  await inside.sandbox.killAll();
  expect(performance.now() - started).toBeLessThan(5000);
  expect(await inside.sh("ps -e -o user= | grep -v root | sort | uniq -c", "grader")).not.toContain("agent");
});

test("says that the limit of processes is reached", async () => {
  await using inside = await testSandbox({ limits: { processes: 32 } });
  await inside.sandbox.start({ argv: ["bash", "-c", "for i in {1..40}; do sleep 30 & done; wait"] }, options);
  await expect.poll(() => inside.sh("pgrep -u agent -c .", "grader")).toBe("32\n");
  await inside.sandbox.start({ argv: ["sleep", "30"] }, options); // a start may reach beyond by one
  await expect(inside.sandbox.run({ command: "true" }, options)).rejects.toMatchObject({
    code: "TOOL_INPUT_INVALID",
    message: expect.stringContaining("the limit of processes is reached"),
  });
});

test("brings connections out and in", async () => {
  await using inside = await testSandbox();
  await using listening = await inside.sandbox.listenInside(0, (connection) => {
    connection.on("data", (bytes) => connection.end(`heard ${bytes}`));
  });
  expect(await inside.sh(`exec 3<>/dev/tcp/127.0.0.1/${listening.port}; echo -n hi >&3; cat <&3`)).toBe("heard hi");
  await expect(inside.sandbox.listenInside(listening.port, () => {})).rejects.toMatchObject({ code: "PORT_IN_USE" });

  const server = `require("net").createServer({ allowHalfOpen: true }, (c) => { let n = 0; c.on("data", (d) => n += d.length); c.on("end", () => c.end(String(n))) }).listen(8123, () => console.log("up"))`;
  const program = await inside.sandbox.start({ argv: ["node", "-e", server] }, options);
  await once(program.stdout, "data");
  const connection = await inside.sandbox.dialInside(8123, options);
  connection.end(Buffer.alloc(3_000_000));
  expect(await text(connection)).toBe("3000000");
  await expect(inside.sandbox.dialInside(8124, options)).rejects.toMatchObject({ code: "CAPABILITY_CONNECT_FAILED" });
});

test("has its own loopback, and no way out", async () => {
  await using inside = await testSandbox();
  const outside = createServer().listen(0, "127.0.0.1");
  await once(outside, "listening");
  const { port } = outside.address() as { port: number };
  expect(await inside.sh(`echo > /dev/tcp/127.0.0.1/${port}`)).toContain("refused");
  outside.close();
  expect(await inside.sh("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | xargs")).toBe("lo\n");
});

test("reports the death of the supervisor, and fails with it what waits", async () => {
  await using inside = await testSandbox();
  const { sandbox } = inside;
  const program = await sandbox.start({ argv: ["sleep", "30"] }, options);
  const waiting = sandbox.run({ command: "sleep 30" }, options);
  process.kill(await supervisorPid(), "SIGKILL");
  for (const end of await Promise.allSettled([program.exit, waiting, text(program.stdout)])) {
    expect(end).toMatchObject({ status: "rejected", reason: { code: "CAPABILITY_LOST" } });
  }
  expect(sandbox.lost.aborted).toBe(true);
  expect(SdkError.is(sandbox.lost.reason, "CAPABILITY_LOST")).toBe(true);
  await expect(sandbox.start({ argv: ["true"] }, options)).rejects.toMatchObject({ code: "CAPABILITY_LOST" });
  await expect(sandbox.killAll()).rejects.toMatchObject({ code: "CAPABILITY_LOST" });
  await expect(sandbox.listenInside(0, () => {})).rejects.toMatchObject({ code: "CAPABILITY_LOST" });
});

test("is closed once closed", async () => {
  const inside = await testSandbox();
  const program = await inside.sandbox.start({ argv: ["sleep", "30"] }, options);
  await Promise.all([inside[Symbol.asyncDispose](), inside.sandbox[Symbol.asyncDispose]()]);
  await expect(program.exit).rejects.toMatchObject({ code: "CLOSED" });
  await expect(inside.sandbox.start({ argv: ["true"] }, options)).rejects.toMatchObject({ code: "CLOSED" });
  expect(inside.sandbox.lost.aborted).toBe(false);
});

/** Pid, on this side, of the supervisor of the only sandbox of this process. */
async function supervisorPid(): Promise<number> {
  const bwrap = await onlyChild(process.pid);
  return await onlyChild(await onlyChild(bwrap));
}

async function onlyChild(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
  const named = await Promise.all(
    children.map(async (child) => [child, await readFile(`/proc/${child}/comm`, "utf8")] as const),
  );
  const [found] = named.filter(([, name]) => /^(bwrap|node)\n$/.test(name));
  return Number(found?.[0]);
}
