const NEWLINE = 0x0a;

/** Thrown by {@link LineSplitter} for a line past its limit; the stream cannot be read further. */
export class LineTooLongError extends Error {
  /** Bytes of the line seen so far, newline not counted. */
  readonly bytes: number;
  /** Whether the line's end was seen, so that `bytes` is its whole length. */
  readonly complete: boolean;

  constructor(bytes: number, complete: boolean) {
    super(`line of ${complete ? "" : "at least "}${bytes} bytes`);
    this.name = "LineTooLongError";
    this.bytes = bytes;
    this.complete = complete;
  }
}

/** Splits bytes into lines at `\n`, each at most `maxBytes` long (newline not counted). */
export class LineSplitter {
  /** Most bytes of a line, newline not counted; counts for the next chunk. */
  maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /**
   * Takes the next chunk and gives the first complete line in it, if any, with the bytes that follow the newline.
   *
   * @throws LineTooLongError
   */
  push(chunk: Buffer): { line: Buffer; rest: Buffer } | undefined {
    const at = chunk.indexOf(NEWLINE);
    const end = at === -1 ? chunk.byteLength : at;
    if (this.#bytes + end > this.maxBytes) throw new LineTooLongError(this.#bytes + end, at !== -1);
    if (at === -1) {
      if (chunk.byteLength > 0) this.#parts.push(chunk);
      this.#bytes += chunk.byteLength;
      return undefined;
    }
    const head = chunk.subarray(0, at);
    const line = this.#parts.length === 0 ? head : Buffer.concat([...this.#parts, head]);
    this.#parts = [];
    this.#bytes = 0;
    return { line, rest: chunk.subarray(at + 1) };
  }

  /** What stands after the last newline: a final line without its end. Empties the splitter. */
  flush(): Buffer {
    const rest = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return rest;
  }
}
