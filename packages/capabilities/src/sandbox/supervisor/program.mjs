// @ts-check
import { spawn } from "node:child_process";
import { closeSync, statSync } from "node:fs";
import { InputPipe, OutputPipe } from "./pipe-streams.mjs";
import { parseReport, REPORT_DESCRIPTOR, resizeTerminal, terminalCommand } from "./terminal.mjs";

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 1000;

/**
 * A running program, the leader of its own process group.
 *
 * @typedef {object} Program
 * @property {InputPipe} stdin
 * @property {OutputPipe} stdout
 * @property {OutputPipe} stderr
 * @property {number} pid
 * @property {Promise<import("../contract.ts").ProcessExit>} exit
 * @property {(signal: NodeJS.Signals | null) => void} kill null: SIGTERM, a second later SIGKILL
 * @property {(size: import("../contract.ts").TerminalSize) => void} resize
 */

/**
 * Starts a program on real pipes; rejects with the system's error when it cannot.
 *
 * @param {import("./messages.ts").ProgramRequest} request
 * @param {{ pipes: import("./pipes.mjs").Pipes, identity: { uid?: number, gid?: number } }} context
 * @returns {Promise<Program>}
 */
export async function startProgram(request, { pipes, identity }) {
  requireDirectory(request.cwd);
  const [stdin, stdout, stderr] = await Promise.all([pipes.takeInput(), pipes.takeOutput(), pipes.takeOutput()]);
  const theirs = [stdin.theirs, stdout.theirs, stderr.theirs];
  const streams = {
    stdin: new InputPipe(stdin.ours),
    stdout: new OutputPipe(stdout.ours),
    stderr: new OutputPipe(stderr.ours),
  };
  const report = request.terminal === undefined ? undefined : await pipes.takeOutput();
  const leader = report === undefined ? undefined : readLeader(report.ours);
  if (report !== undefined) theirs[REPORT_DESCRIPTOR] = report.theirs;
  try {
    const child = await launch(request, theirs, identity);
    return superviseChild(child, { streams, leader, identity });
  } catch (error) {
    for (const stream of Object.values(streams)) stream.destroy();
    throw error;
  } finally {
    for (const descriptor of theirs) closeSync(descriptor);
  }
}

/**
 * @param {import("./messages.ts").ProgramRequest} request
 * @param {number[]} stdio
 * @param {{ uid?: number, gid?: number }} identity
 * @returns {Promise<import("node:child_process").ChildProcess & { pid: number }>}
 */
function launch(request, stdio, identity) {
  const [file = "", ...args] =
    request.terminal === undefined ? request.argv : terminalCommand(request.argv, request.terminal);
  const env = request.terminal === undefined ? request.env : { ...request.env, TERM: request.terminal.term };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: request.cwd, env, stdio, detached: true, ...identity });
    child.once("error", reject);
    child.once("spawn", () =>
      resolve(/** @type {import("node:child_process").ChildProcess & { pid: number }} */ (child)),
    );
  });
}

/**
 * @param {import("node:child_process").ChildProcess & { pid: number }} child
 * @param {{
 *   streams: { stdin: InputPipe, stdout: OutputPipe, stderr: OutputPipe },
 *   leader: { current: import("./terminal.mjs").TerminalLeader | undefined } | undefined,
 *   identity: { uid?: number, gid?: number },
 * }} parts
 * @returns {Program}
 */
function superviseChild(child, { streams, leader, identity }) {
  let ended = false;
  /** @type {Promise<import("../contract.ts").ProcessExit>} */
  const exit = new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true;
      for (const stream of Object.values(streams)) stream.finish();
      resolve({ code, signal });
    });
  });
  /** @param {NodeJS.Signals} signal */
  const signalGroups = (signal) => {
    if (leader?.current !== undefined) signalGroup(leader.current.group, signal);
    if (leader?.current === undefined || signal === "SIGKILL") signalGroup(child.pid, signal);
  };
  return {
    ...streams,
    pid: child.pid,
    exit,
    kill(signal) {
      if (ended) return;
      signalGroups(signal ?? "SIGTERM");
      // The group gets the SIGKILL even when its leader went at once: what outlives a leader is what ignored SIGTERM.
      if (signal === null) setTimeout(signalGroups, GRACE_MS, "SIGKILL");
    },
    resize(size) {
      if (!ended && leader?.current !== undefined) resizeTerminal(leader.current.device, size, identity);
    },
  };
}

/**
 * @param {number} descriptor
 * @returns {{ current: import("./terminal.mjs").TerminalLeader | undefined }}
 */
function readLeader(descriptor) {
  /** @type {{ current: import("./terminal.mjs").TerminalLeader | undefined }} */
  const leader = { current: undefined };
  const pipe = new OutputPipe(descriptor);
  let text = "";
  pipe.on("data", (bytes) => {
    text = (text + bytes).slice(0, 256);
    leader.current = parseReport(text);
    if (leader.current !== undefined) pipe.destroy();
  });
  return leader;
}

/**
 * Signals a process group; 0 only asks. Whether there is one.
 *
 * @param {number} group
 * @param {NodeJS.Signals | 0} signal
 */
export function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false; // it is gone, or no longer ours, which only the end of everything ends
  }
}

/** @param {string} cwd */
function requireDirectory(cwd) {
  const stats = statSync(cwd, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  throw Object.assign(new Error(`no such directory: ${cwd}`), { code: "ENOTDIR" });
}
