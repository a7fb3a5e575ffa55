import { posix } from "node:path";
import { SdkError } from "@hud-ts/core/adapter";
import { BoundedOutput, type OutputSink } from "../../bounded-output.ts";
import type { RemoteProgram } from "./remote-program.ts";
import { runToEnd } from "./run-command.ts";
import type {
  DirectoryEntry,
  FileKind,
  FileOptions,
  FileStat,
  ReadFileOptions,
  RemoveOptions,
  WriteFileOptions,
} from "./shell.ts";
import { shellPath } from "./shell-quote.ts";

/** Sends a command line. */
export type StartProgram = (command: string, options: FileOptions) => Promise<RemoteProgram>;

const DEFAULT_MAX_BYTES = 64 << 20;
const MAX_COMPLAINT_BYTES = 4096;

/** Letters that the listing script prints before each name. */
const KINDS: Readonly<Record<string, FileKind>> = { f: "file", d: "directory", l: "symlink" };
const LIST = `shopt -s nullglob dotglob
for name in *; do
  if [[ -L $name ]]; then kind=l; elif [[ -d $name ]]; then kind=d; elif [[ -f $name ]]; then kind=f; else kind=o; fi
  printf '%s%s\\0' $kind "$name"
done`;

// inode(7)
const TYPE_MASK = 0o170000;
const TYPES: ReadonlyMap<number, FileKind> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
]);
const PERMISSIONS = 0o7777;

/** Files by commands alone: servers that refuse sftp are many, the reference's own among them. */
export class RemoteFiles {
  readonly #start: StartProgram;

  constructor(start: StartProgram) {
    this.#start = start;
  }

  async read(path: string, { maxBytes = DEFAULT_MAX_BYTES, ...options }: ReadFileOptions = {}): Promise<Buffer> {
    return await this.#output(`cat -- ${shellPath(path)}`, { ...options, maxBytes, what: `read ${path}` });
  }

  async write(path: string, content: string | Uint8Array, options: WriteFileOptions = {}): Promise<void> {
    const target = shellPath(path);
    const steps = [
      ...(options.parents === true ? [`mkdir -p -- ${shellPath(posix.dirname(path))}`] : []),
      `cat > ${target}`,
      ...(options.mode === undefined ? [] : [`chmod ${permissions(options.mode)} -- ${target}`]),
    ];
    await this.#output(steps.join(" && "), { ...options, stdin: content, what: `write ${path}` });
  }

  async list(path: string, options: FileOptions = {}): Promise<readonly DirectoryEntry[]> {
    const script = `CDPATH= cd -- ${shellPath(path)} || exit 1\n${LIST}`;
    const output = await this.#output(script, { ...options, what: `list ${path}` });
    const entries = output.toString("utf8").split("\0").slice(0, -1);
    return entries
      .map((entry) => ({ name: entry.slice(1), kind: KINDS[entry.charAt(0)] ?? "other" }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async stat(path: string, options: FileOptions = {}): Promise<FileStat> {
    const output = await this.#output(`stat -L -c '%f %s %Y' -- ${shellPath(path)}`, {
      ...options,
      what: `stat ${path}`,
    });
    const [mode = "", size, modified] = output.toString("latin1").trim().split(" ");
    const bits = Number.parseInt(mode, 16);
    return {
      kind: TYPES.get(bits & TYPE_MASK) ?? "other",
      size: Number(size),
      mode: bits & PERMISSIONS,
      modifiedMs: Number(modified) * 1000,
    };
  }

  async makeDirectory(path: string, options: FileOptions = {}): Promise<void> {
    await this.#output(`mkdir -p -- ${shellPath(path)}`, { ...options, what: `make directory ${path}` });
  }

  async remove(path: string, { recursive = false, ...options }: RemoveOptions = {}): Promise<void> {
    const flags = recursive ? "-rf" : "-f";
    await this.#output(`rm ${flags} -- ${shellPath(path)}`, { ...options, what: `remove ${path}` });
  }

  async exists(path: string, options: FileOptions = {}): Promise<boolean> {
    const target = shellPath(path);
    const test = `if [[ -e ${target} || -L ${target} ]]; then echo yes; fi`;
    return (await this.#output(test, { ...options, what: `look for ${path}` })).byteLength > 0;
  }

  /** What a command prints. @throws TOOL_INPUT_INVALID with its own words, when it fails or prints too much */
  async #output(command: string, { what, stdin, signal, maxBytes = DEFAULT_MAX_BYTES }: Step): Promise<Buffer> {
    const stdout = new WholeOutput(maxBytes, what);
    const stderr = new BoundedOutput(MAX_COMPLAINT_BYTES);
    await using program = await this.#start(command, { signal });
    const status = await runToEnd(program, { stdin, stdout, stderr, signal });
    if (status === 0) return stdout.bytes();
    throw refused(what, stderr.toString().trim() || `status ${status}`);
  }
}

interface Step extends FileOptions {
  /** Said in errors: "could not …". */
  readonly what: string;
  readonly stdin?: string | Uint8Array;
  readonly maxBytes?: number;
}

/** Output of which nothing may be dropped. */
class WholeOutput implements OutputSink {
  readonly #maxBytes: number;
  readonly #what: string;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number, what: string) {
    this.#maxBytes = maxBytes;
    this.#what = what;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#maxBytes) throw refused(this.#what, `larger than ${this.#maxBytes} bytes`);
    this.#chunks.push(chunk);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

function permissions(mode: number): string {
  if (Number.isInteger(mode) && mode >= 0 && mode <= PERMISSIONS) return mode.toString(8);
  throw new SdkError({ code: "INVALID_OPTION", message: `mode must be permission bits, 0 to 0o7777, got ${mode}` });
}

function refused(what: string, why: string): SdkError {
  return new SdkError({ code: "TOOL_INPUT_INVALID", message: `could not ${what}: ${why}` });
}
