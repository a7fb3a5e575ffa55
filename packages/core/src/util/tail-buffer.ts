/** Keeps the last `maxBytes` of a byte stream: what a failure report shows, whatever the program printed. */
export class TailBuffer {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #dropped = false;

  /** @param maxBytes most bytes kept; @default 16384 */
  constructor(maxBytes = 16_384) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    const tail = chunk.byteLength > this.#maxBytes ? chunk.subarray(chunk.byteLength - this.#maxBytes) : chunk;
    if (tail !== chunk) this.#dropped = true;
    this.#chunks.push(Buffer.from(tail)); // copied: a small slice must not pin a large read buffer
    this.#bytes += tail.byteLength;
    while (this.#bytes > this.#maxBytes) {
      const first = this.#chunks[0];
      if (first === undefined) break;
      const excess = this.#bytes - this.#maxBytes;
      if (first.byteLength <= excess) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(excess);
      this.#bytes -= Math.min(first.byteLength, excess);
      this.#dropped = true;
    }
  }

  /** The kept text, with `…` in front when something was dropped. */
  toString(): string {
    return (this.#dropped ? "…" : "") + Buffer.concat(this.#chunks).toString("utf8");
  }
}
