// @ts-check
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * A pipe that has a name for the moment, under which either end can be opened.
 *
 * @typedef {{ readonly path: string, readonly release: () => void, readonly alive: () => boolean }} NamedPipe
 */

/** Descriptors that every sh can name: one digit, and not the first three. */
const HELD = [3, 4, 5, 6, 7, 8, 9];

/** A here-document is a pipe with its text in it: the one way to an anonymous pipe that needs nothing but sh. */
export const HELD_TEXT_BYTES = 2;
const HOLDER = [
  `exec ${HELD.map((descriptor) => `${descriptor}<<.`).join(" ")}`,
  ...HELD.flatMap(() => ["x", "."]),
  "echo ready",
  'while read -r descriptor; do eval "exec $descriptor<&-"; done',
].join("\n");

/**
 * Anonymous pipes, held by a shell until they are taken. Unlike a FIFO's, their ends can be opened anew through /proc
 * when the other end is closed already, as `cat /dev/stdin` does.
 *
 * @returns {Promise<NamedPipe[]>} none when the shell was killed meanwhile
 */
export async function heldPipes() {
  const holder = spawn("sh", ["-c", HOLDER], { stdio: ["pipe", "pipe", "ignore"] });
  let alive = true;
  holder.on("exit", () => {
    alive = false;
  });
  holder.stdin.on("error", () => {}); // killed along with everything else
  await new Promise((resolve, reject) => {
    holder.once("error", reject).once("exit", resolve);
    createInterface({ input: holder.stdout }).once("line", resolve);
  });
  let left = HELD.length;
  return HELD.map((descriptor) => ({
    path: `/proc/${holder.pid}/fd/${descriptor}`,
    alive: () => alive,
    release() {
      left -= 1;
      if (left === 0) holder.stdin.end();
      else holder.stdin.write(`${descriptor}\n`);
    },
  }));
}

/**
 * FIFOs, where there is no /proc: opening /dev/stdin there is the same as duplicating it.
 *
 * @returns {Promise<NamedPipe[]>}
 */
export async function namedPipes() {
  const directory = mkdtempSync(join(tmpdir(), "hud-pipes-"));
  const paths = HELD.map((number) => join(directory, String(number)));
  const child = spawn("mkfifo", ["-m", "0666", ...paths], { stdio: "ignore" });
  /** @type {number | null} */
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("exit", resolve));
  if (code !== 0) throw new Error(`mkfifo failed in ${directory}`);
  let left = paths.length;
  return paths.map((path) => ({
    path,
    alive: () => true,
    release() {
      left -= 1;
      rmSync(left === 0 ? directory : path, { force: true, recursive: true });
    },
  }));
}
