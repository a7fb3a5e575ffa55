import { constants } from "node:os";
import type { PseudoTtyInfo } from "ssh2";
import type { ProcessExit, ProcessRequest } from "../sandbox/contract.ts";

const PASSED_ON = /^(?:TERM|LANG|LC_[A-Z]+)$/;
const MAX_VARIABLES = 32;
const MAX_VALUE_LENGTH = 256;
const TERM = /^[A-Za-z0-9][\w.+-]{0,63}$/;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const MAX_CELLS = 10_000;

/** OpenSSH's own server, where distributions put it; started inside, so that it sees and may do what a command can. */
const SFTP_SERVER = `for server in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server; do
  [ -x "$server" ] && exec "$server"
done
echo "workspace: there is no sftp-server here; it comes with the package openssh-sftp-server" >&2
exit 127`;

/** The program that a session of one kind runs. */
export const programs = {
  exec: (command: string): readonly string[] => ["bash", "-lc", command],
  shell: (): readonly string[] => ["bash", "-l"],
  sftp: (): readonly string[] => ["sh", "-c", SFTP_SERVER],
} as const;

/** Whether a variable that the client asks for is set: the terminal's and the language's alone, few and short. */
export function isPassedOn(name: string, value: string, known: ReadonlyMap<string, string>): boolean {
  return (
    PASSED_ON.test(name) && value.length <= MAX_VALUE_LENGTH && !value.includes("\0") && known.size < MAX_VARIABLES
  );
}

/** The terminal that a pty request describes; what makes no sense becomes 80 × 24, `dumb`. */
export function terminalOf(info: PseudoTtyInfo): NonNullable<ProcessRequest["terminal"]> {
  return { ...sizeOf(info), term: TERM.test(info.term) ? info.term : "dumb" };
}

/** The size that a pty request or window change asks for. */
export function sizeOf({ cols, rows }: { readonly cols: number; readonly rows: number }) {
  return { columns: cells(cols, DEFAULT_COLUMNS), rows: cells(rows, DEFAULT_ROWS) };
}

/** The signal of a request, where there is one of this name. */
export function signalOf(name: string): NodeJS.Signals | undefined {
  const signal = `SIG${name}`;
  return Object.hasOwn(constants.signals, signal) ? (signal as NodeJS.Signals) : undefined;
}

/** Exit status of a program, as a shell counts: 128 + N for one that signal N ended. */
export function statusOf({ code, signal }: ProcessExit): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function cells(asked: number, otherwise: number): number {
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, MAX_CELLS) : otherwise;
}
