import { execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { serve } from "./__fixtures__/served.ts";

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
  return run("ssh", [...openssh, "-p", String(server.port), "agent@127.0.0.1", ...args], input);
}

test("ssh runs a command: status, both streams, input and its end, the directory", async () => {
  await using served = await serve();
  expect(await ssh(served, ["pwd; cat; echo problem >&2; exit 7"], "input")).toEqual({
    status: 7,
    stdout: `${served.directory}\ninput`,
    stderr: "problem\n",
  });
});
