import { execFile } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import type { CommandResult } from "@hud-ts/core/spec";
import type { ToolShell } from "../tool-shell.ts";

/** A stand-in for a shell behind ssh: a real bash in a directory of this machine, with what a test wants to know of it. */
export class LocalShell implements ToolShell {
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #losses: (SdkError | undefined)[] = [];
  /** Bytes of output that travelled so far, files read included. */
  fetchedBytes = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#env = { PATH: process.env["PATH"], LANG: "C.UTF-8", HOME: directory };
  }

  /** Makes the next calls fail as told, undefined being one that does not. */
  lose(...losses: (SdkError | undefined)[]): void {
    this.#losses.push(...losses);
  }

  async exec(command: string, options: Parameters<ToolShell["exec"]>[1] = {}): Promise<CommandResult> {
    this.#fail();
    const { cwd = ".", timeoutMs = 0, maxOutputBytes = 1_048_576, signal } = options;
    const result = await new Promise<CommandResult>((resolved, rejected) => {
      const child = execFile(
        "bash",
        ["-lc", command],
        { cwd: resolve(this.#directory, cwd), timeout: timeoutMs, maxBuffer: maxOutputBytes, signal, env: this.#env },
        (error, stdout, stderr) => {
          if (signal?.aborted) return rejected(signal.reason);
          const exitCode = error === null ? 0 : typeof error.code === "number" ? error.code : null;
          resolved({ exitCode, stdout, stderr, timedOut: child.killed && timeoutMs > 0, droppedBytes: 0 });
        },
      );
      child.stdin?.end(options.stdin ?? "");
    });
    this.fetchedBytes += Buffer.byteLength(result.stdout);
    return result;
  }

  async exists(path: string): Promise<boolean> {
    return await stat(this.#at(path)).then(
      () => true,
      () => false,
    );
  }

  async readFile(path: string, { maxBytes = Number.POSITIVE_INFINITY } = {}): Promise<Buffer> {
    const bytes = await readFile(this.#at(path)).catch((error: Error) => {
      throw new SdkError({ code: "TOOL_INPUT_INVALID", message: error.message });
    });
    if (bytes.byteLength > maxBytes)
      throw new SdkError({ code: "TOOL_INPUT_INVALID", message: `${path} is too large` });
    this.fetchedBytes += bytes.byteLength;
    return bytes;
  }

  async writeFile(path: string, content: string | Uint8Array, { parents = false } = {}): Promise<void> {
    if (parents) await mkdir(dirname(this.#at(path)), { recursive: true });
    await writeFile(this.#at(path), content);
  }

  #at(path: string): string {
    this.#fail();
    return resolve(this.#directory, path);
  }

  #fail(): void {
    const loss = this.#losses.shift();
    if (loss !== undefined) throw loss;
  }
}
