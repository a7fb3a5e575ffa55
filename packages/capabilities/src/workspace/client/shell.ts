import type { Readable, Writable } from "node:stream";
import type { CommandResult } from "@hud-ts/core/spec";
import type { TerminalSize } from "../../sandbox/contract.ts";

/** A shell elsewhere, with its files. Every call opens a channel of its own, so that calls may overlap. Whoever opened it closes it. */
export interface Shell extends AsyncDisposable {
  /**
   * Runs a command with a login shell (`bash -lc`) to its end. No directory and no variable survives it; files do, and so do
   * the processes it left in the background.
   *
   * A status other than zero is a result, not an error; a signal that ended the command shows as status 128 + N.
   *
   * @throws CAPABILITY_LOST when the connection broke after the command was sent, so that nobody knows what it did;
   * INVALID_OPTION; the signal's reason
   *
   * @example
   * ```ts
   * const { exitCode, stdout } = await shell.exec("npm test", { timeoutMs: 60_000 });
   * ```
   */
  exec(command: string, options?: ExecOptions): Promise<CommandResult>;

  /**
   * Starts a command and gives its streams. The caller disposes it, which ends it.
   *
   * @throws CAPABILITY_LOST when the connection broke; the signal's reason
   */
  spawn(command: string, options?: SpawnOptions): Promise<ShellProcess>;

  /**
   * The bytes of a file.
   *
   * @throws TOOL_INPUT_INVALID when it cannot be read, or is larger than `maxBytes`
   */
  readFile(path: string, options?: ReadFileOptions): Promise<Buffer>;

  /**
   * Writes a file whole, in place: an existing one keeps its owner and mode.
   *
   * @throws TOOL_INPUT_INVALID when it cannot be written
   */
  writeFile(path: string, content: string | Uint8Array, options?: WriteFileOptions): Promise<void>;

  /**
   * What a directory holds, hidden entries too, sorted by name. @throws TOOL_INPUT_INVALID when it cannot be read
   */
  list(path: string, options?: FileOptions): Promise<readonly DirectoryEntry[]>;

  /** What stands at a path, symbolic links followed. @throws TOOL_INPUT_INVALID when nothing does */
  stat(path: string, options?: FileOptions): Promise<FileStat>;

  /** Makes a directory, and those above it. One that is there already is no error. @throws TOOL_INPUT_INVALID when it cannot be made */
  mkdir(path: string, options?: FileOptions): Promise<void>;

  /** Removes a file, or with `recursive` a directory. What is not there is no error. @throws TOOL_INPUT_INVALID when it cannot be removed */
  rm(path: string, options?: RemoveOptions): Promise<void>;

  /** Whether something stands at a path, if only a link that leads nowhere. */
  exists(path: string, options?: FileOptions): Promise<boolean>;

  /** Ends running commands and disconnects. Idempotent. */
  close(): Promise<void>;
}

/** Options of every file operation. Relative paths start at the session's directory. */
export interface FileOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Shell.readFile}. */
export interface ReadFileOptions extends FileOptions {
  /** Largest file that is read. @default 67_108_864 */
  readonly maxBytes?: number | undefined;
}

/** Options of {@link Shell.writeFile}. */
export interface WriteFileOptions extends FileOptions {
  /** Permission bits, such as `0o755`. @default those it has; for a new file the session's umask decides */
  readonly mode?: number | undefined;
  /** Makes the directories above it. @default false */
  readonly parents?: boolean | undefined;
}

/** Options of {@link Shell.rm}. */
export interface RemoveOptions extends FileOptions {
  /** @default false */
  readonly recursive?: boolean | undefined;
}

/** Options of {@link Shell.exec}. */
export interface ExecOptions {
  /** @default the session's directory */
  readonly cwd?: string | undefined;
  /** Added to the session's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** @default empty: the command reads end of file */
  readonly stdin?: string | Uint8Array | undefined;
  /** Milliseconds from when it was sent. Its process group is then killed, and the result says `timedOut`. @default none */
  readonly timeoutMs?: number | undefined;
  /** Most bytes kept of stdout and of stderr each: the first half and the last, with a line between them that says what was dropped. @default 1_048_576 */
  readonly maxOutputBytes?: number | undefined;
  /** Ends the command; the call rejects with its reason at once. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Shell.spawn}. */
export interface SpawnOptions {
  /** @default the session's directory */
  readonly cwd?: string | undefined;
  /** Added to the session's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Gives it a terminal; all its output then comes on `stdout`. */
  readonly terminal?:
    | (TerminalSize & { /** @default "xterm-256color" */ readonly term?: string | undefined })
    | undefined;
  /** Ends the program when it fires, also later; `exit` then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A command that runs elsewhere. Unread output stops it from writing. Disposing it ends it. */
export interface ShellProcess extends AsyncDisposable {
  /** Ending it gives the program end of file. A write after the program's end fails with CLOSED. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its status, 128 + N when signal N ended it. Rejects with CAPABILITY_LOST when the connection broke, CLOSED when it was disposed first. */
  readonly exit: Promise<number>;
  /** Signals its process group. @default "SIGTERM", after which it is killed a second later */
  kill(signal?: NodeJS.Signals): void;
  /** Resizes its terminal, when it has one. */
  resize(size: TerminalSize): void;
}

/** What an entry of a directory is; links are not followed. */
export type FileKind = "file" | "directory" | "symlink" | "other";

/** One entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** What stands at a path. */
export interface FileStat {
  readonly kind: FileKind;
  /** Bytes. */
  readonly size: number;
  /** Permission bits, such as `0o644`. */
  readonly mode: number;
  /** Milliseconds since the epoch, in whole seconds. */
  readonly modifiedMs: number;
}
