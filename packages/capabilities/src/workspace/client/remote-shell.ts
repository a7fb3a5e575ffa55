import { acquire, type Deadline, deadline, onAbort, SdkError } from "@hud-ts/core/adapter";
import type { CommandResult } from "@hud-ts/core/spec";
import type { PseudoTtyOptions } from "ssh2";
import { BoundedOutput } from "../../bounded-output.ts";
import type { ReconnectingTransport } from "./reconnecting-transport.ts";
import { RemoteFiles } from "./remote-files.ts";
import type { RemoteProgram } from "./remote-program.ts";
import { runToEnd } from "./run-command.ts";
import type {
  DirectoryEntry,
  ExecOptions,
  FileOptions,
  FileStat,
  ReadFileOptions,
  RemoveOptions,
  Shell,
  ShellProcess,
  SpawnOptions,
  WriteFileOptions,
} from "./shell.ts";
import { commandLine } from "./shell-quote.ts";

const DEFAULT_OUTPUT_BYTES = 1 << 20;
const DEFAULT_TERM = "xterm-256color";

/** A {@link Shell} over ssh. */
export class RemoteShell implements Shell {
  readonly #transport: ReconnectingTransport;
  readonly #files: RemoteFiles;

  constructor(transport: ReconnectingTransport) {
    this.#transport = transport;
    this.#files = new RemoteFiles(async (command, { signal }) => await this.#start(command, { signal }));
  }

  async exec(command: string, options: ExecOptions = {}): Promise<CommandResult> {
    const { signal, timeoutMs, stdin, maxOutputBytes = DEFAULT_OUTPUT_BYTES } = options;
    if (!Number.isSafeInteger(maxOutputBytes) || maxOutputBytes < 1) throw invalid("maxOutputBytes", maxOutputBytes);
    if (timeoutMs !== undefined && !(timeoutMs > 0)) throw invalid("timeoutMs", timeoutMs);
    const program = await this.#start(commandLine(command, options), { signal });
    const stdout = new BoundedOutput(maxOutputBytes);
    const stderr = new BoundedOutput(maxOutputBytes);
    using limit = deadline({ ms: timeoutMs, message: `the command ran longer than ${timeoutMs} ms`, signal });
    const exitCode = await finish(program, limit, () =>
      runToEnd(program, { stdin, stdout, stderr, signal: limit.signal }),
    );
    return {
      exitCode,
      stdout: stdout.toString(),
      stderr: stderr.toString(),
      timedOut: exitCode === null,
      droppedBytes: stdout.droppedBytes + stderr.droppedBytes,
    };
  }

  async spawn(command: string, options: SpawnOptions = {}): Promise<ShellProcess> {
    const { signal } = options;
    const program = await this.#start(commandLine(command, options), { signal, pty: terminal(options) });
    const listener = onAbort(signal, () => program.cutOff(signal?.reason));
    void program.exit.catch(() => {}).then(() => listener[Symbol.dispose]());
    return program;
  }

  async readFile(path: string, options?: ReadFileOptions): Promise<Buffer> {
    return await this.#files.read(path, options);
  }

  async writeFile(path: string, content: string | Uint8Array, options?: WriteFileOptions): Promise<void> {
    await this.#files.write(path, content, options);
  }

  async list(path: string, options?: FileOptions): Promise<readonly DirectoryEntry[]> {
    return await this.#files.list(path, options);
  }

  async stat(path: string, options?: FileOptions): Promise<FileStat> {
    return await this.#files.stat(path, options);
  }

  async mkdir(path: string, options?: FileOptions): Promise<void> {
    await this.#files.makeDirectory(path, options);
  }

  async rm(path: string, options?: RemoveOptions): Promise<void> {
    await this.#files.remove(path, options);
  }

  async exists(path: string, options?: FileOptions): Promise<boolean> {
    return await this.#files.exists(path, options);
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Sends a command; one whose channel opens after the signal fired is ended. */
  async #start(
    command: string,
    { signal, pty }: { readonly signal?: AbortSignal | undefined; readonly pty?: PseudoTtyOptions | undefined },
  ): Promise<RemoteProgram> {
    signal?.throwIfAborted();
    const starting = this.#transport.open({ command, pty });
    return signal === undefined ? await starting : await acquire(() => starting, signal);
  }
}

/**
 * Runs a command under its limit.
 *
 * @returns its status; null when its time was over, and it is gone
 */
async function finish(program: RemoteProgram, limit: Deadline, run: () => Promise<number>): Promise<number | null> {
  try {
    return await run();
  } catch (error) {
    if (!limit.expired) throw error;
    await program.terminate();
    return null;
  } finally {
    program.cutOff();
  }
}

function invalid(name: string, value: number): SdkError {
  return new SdkError({ code: "INVALID_OPTION", message: `${name} must be a number above zero, got ${value}` });
}

function terminal({ terminal: asked }: SpawnOptions): PseudoTtyOptions | undefined {
  return asked && { cols: asked.columns, rows: asked.rows, term: asked.term ?? DEFAULT_TERM };
}
