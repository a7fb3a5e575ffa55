// @ts-check
import { spawn } from "node:child_process";

/**
 * What a terminal's leader told about itself.
 *
 * @typedef {{ readonly group: number, readonly device: string }} TerminalLeader
 */

/** Descriptor on which the leader tells its process group and its terminal. */
export const REPORT_DESCRIPTOR = 3;

/**
 * The command that runs `argv` with a controlling terminal of its own.
 *
 * @param {readonly string[]} argv
 * @param {import("../contract.ts").TerminalSize} size
 * @returns {string[]}
 */
export function terminalCommand(argv, size) {
  const set = `stty echo rows ${size.rows} cols ${size.columns} 2>/dev/null`;
  const tell = `echo "$$ $(tty)" >&${REPORT_DESCRIPTOR}; exec ${REPORT_DESCRIPTOR}>&-`;
  return ["script", "-qefc", `${set}; ${tell}; exec ${argv.map(quote).join(" ")}`, "/dev/null"];
}

/**
 * @param {string} report
 * @returns {TerminalLeader | undefined}
 */
export function parseReport(report) {
  const match = /^(\d+) (\/dev\/\S+)\n/.exec(report);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { group: Number(match[1]), device: match[2] };
}

/**
 * Sets a terminal's size; the kernel tells the programs in its foreground.
 *
 * @param {string} device
 * @param {import("../contract.ts").TerminalSize} size
 * @param {import("node:child_process").SpawnOptions} identity
 */
export function resizeTerminal(device, size, identity) {
  const child = spawn("stty", ["-F", device, "rows", String(size.rows), "cols", String(size.columns)], {
    ...identity,
    stdio: "ignore",
  });
  child.once("error", () => {}); // the terminal may be gone by now
}

/** @param {string} word */
function quote(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
