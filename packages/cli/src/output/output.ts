import type { Writable } from "node:stream";
import { SdkError } from "@hud-ts/core/adapter";
import type { Json } from "@hud-ts/core/spec";
import pc from "picocolors";

/** A stream that a command writes to, perhaps a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** How a command speaks. */
export interface OutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** One JSON document on stdout and nothing else there. */
  readonly json: boolean;
  /** No remarks on stderr; warnings and errors stay. */
  readonly quiet: boolean;
  readonly colors: boolean;
}

type Colors = ReturnType<typeof pc.createColors>;

/** Data on stdout, remarks on stderr; with `--json` exactly one document on stdout. */
export class Output {
  readonly stderr: OutputStream;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Colours for stderr. */
  readonly colors: Colors;
  readonly #stdout: OutputStream;
  #documentWritten = false;

  constructor(options: OutputOptions) {
    this.#stdout = options.stdout;
    this.stderr = options.stderr;
    this.json = options.json;
    this.quiet = options.quiet;
    this.colors = pc.createColors(options.colors);
  }

  /** Whether the document of this command is out. */
  get documentWritten(): boolean {
    return this.#documentWritten;
  }

  /** Columns of the terminal that tables are for; off a terminal there is room. */
  get width(): number {
    const terminal = [this.#stdout, this.stderr].find((stream) => stream.isTTY === true);
    return terminal?.columns ?? 160;
  }

  /** The command's JSON document; without `--json` nothing is written. */
  document(value: Json): void {
    if (!this.json) return;
    if (this.#documentWritten) {
      throw new SdkError({ code: "INTERNAL", message: "a command has one JSON document, a second one was written" });
    }
    this.#documentWritten = true;
    this.#stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Lines of data on stdout; with `--json` they stand in the document instead. */
  data(text: string): void {
    if (!this.json) this.#stdout.write(`${text}\n`);
  }

  /** A remark on stderr. */
  note(text = ""): void {
    if (!this.quiet) this.stderr.write(`${text}\n`);
  }

  /** A remark on stderr that `--quiet` does not silence. */
  warn(text: string): void {
    this.stderr.write(`${this.colors.yellow("Warning:")} ${text}\n`);
  }

  /** Lines of an error on stderr. */
  error(text: string): void {
    this.stderr.write(`${text}\n`);
  }
}
