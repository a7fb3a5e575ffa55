import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { workspace } from "@hud-ts/capabilities/workspace";
import { ssh } from "@hud-ts/capabilities/workspace/client";
import { median, row } from "./measure.mjs";

const run = promisify(execFile);
const COUNT = 60;
const { signal } = new AbortController();

/** One warm `true` in a sandboxed workspace by our client, beside a bare spawn and beside OpenSSH's client over a shared connection. */
export async function sshExec() {
  const directory = await mkdtemp(join(tmpdir(), "hud-bench-"));
  const daemon = workspace(join(directory, "seed"));
  try {
    await run("mkdir", [join(directory, "seed")]);
    const [binding] = await daemon.start({ environment: "bench", root: directory, signal });
    const port = Number(new URL(binding.url).port);
    const ours = await ourClient(binding, port);
    const openssh = await opensshClient(directory, binding.params, port);
    const bare = await p50(() =>
      once(spawn("bash", ["-lc", "true"], { env: { PATH: process.env.PATH }, stdio: "ignore" }), "exit"),
    );
    return [
      row("shell exec of true, warm", "ms", { value: ours, baseline: bare }),
      row("shell exec of true, warm, beside OpenSSH's client", "ms", { value: ours, baseline: openssh }),
    ];
  } finally {
    await daemon.stop();
    await rm(directory, { recursive: true });
  }
}

async function ourClient(binding, port) {
  const dial = async () => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
  const shell = await ssh.connect(binding, { signal, dial, localUrl: async () => binding.url });
  try {
    return await p50(() => shell.exec("true"));
  } finally {
    await shell.close();
  }
}

async function opensshClient(directory, params, port) {
  const key = join(directory, "key");
  await writeFile(key, params.client_key, { mode: 0o600 });
  const target = ["-F", "/dev/null", "-p", String(port), `${params.user}@127.0.0.1`];
  const control = ["-o", `ControlPath=${directory}/control`];
  const known = [
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    `UserKnownHostsFile=${directory}/known`,
    "-o",
    "LogLevel=ERROR",
  ];
  await run("ssh", ["-i", key, ...known, ...control, "-o", "ControlMaster=yes", "-fN", ...target]);
  try {
    return await p50(() => run("ssh", [...control, ...target, "true"]));
  } finally {
    await run("ssh", [...control, "-O", "exit", ...target]);
  }
}

async function p50(work) {
  const samples = [];
  for (let i = 0; i < COUNT + 5; i++) {
    const began = performance.now();
    await work();
    samples.push(performance.now() - began);
  }
  return median(samples.slice(5)); // the first are warming up
}
