/** Takes the next bytes of a stream. */
export interface OutputSink {
  push(chunk: Buffer): void;
}

const FIRST_ALLOCATION = 4096;
const CONTINUATION = 0b1000_0000;
const CONTINUATION_MASK = 0b1100_0000;
const MAX_CHARACTER_BYTES = 4;

/**
 * Keeps the first and the last half of what a program prints: how it began and how it ended tell the most.
 * Its memory is bounded by `maxBytes`, however the bytes arrive.
 */
export class BoundedOutput implements OutputSink {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  #head = Buffer.alloc(0);
  #headBytes = 0;
  #ring = Buffer.alloc(0);
  #tailBytes = 0;

  constructor(maxBytes: number) {
    this.#headLimit = Math.ceil(maxBytes / 2);
    this.#tailLimit = maxBytes - this.#headLimit;
  }

  /** Bytes that were neither among the first nor the last. */
  get droppedBytes(): number {
    return Math.max(0, this.#tailBytes - this.#tailLimit);
  }

  push(chunk: Buffer): void {
    const first = chunk.subarray(0, this.#headLimit - this.#headBytes);
    this.#keepFirst(first);
    this.#keepLast(chunk.subarray(first.byteLength));
  }

  /** The kept text; where something was dropped, a line says how much. */
  toString(): string {
    const head = this.#head.subarray(0, this.#headBytes);
    const tail = this.#tail();
    if (this.droppedBytes === 0) return Buffer.concat([head, tail]).toString("utf8");
    const marker = `\n[… ${this.droppedBytes} bytes dropped …]\n`;
    return withoutCutEnd(head).toString("utf8") + marker + withoutCutStart(tail).toString("utf8");
  }

  #keepFirst(bytes: Buffer): void {
    const needed = this.#headBytes + bytes.byteLength;
    if (needed > this.#head.byteLength) {
      const size = Math.min(this.#headLimit, Math.max(needed, this.#head.byteLength * 2, FIRST_ALLOCATION));
      const grown = Buffer.allocUnsafe(size);
      this.#head.copy(grown, 0, 0, this.#headBytes);
      this.#head = grown;
    }
    bytes.copy(this.#head, this.#headBytes);
    this.#headBytes = needed;
  }

  #keepLast(bytes: Buffer): void {
    if (bytes.byteLength > 0 && this.#ring.byteLength === 0) this.#ring = Buffer.allocUnsafe(this.#tailLimit);
    const kept = bytes.subarray(Math.max(0, bytes.byteLength - this.#tailLimit));
    this.#tailBytes += bytes.byteLength - kept.byteLength;
    for (let at = 0; at < kept.byteLength; ) {
      const place = this.#tailBytes % this.#tailLimit;
      const copied = kept.copy(this.#ring, place, at);
      this.#tailBytes += copied;
      at += copied;
    }
  }

  #tail(): Buffer {
    if (this.#tailBytes <= this.#tailLimit) return this.#ring.subarray(0, this.#tailBytes);
    const oldest = this.#tailBytes % this.#tailLimit;
    return Buffer.concat([this.#ring.subarray(oldest), this.#ring.subarray(0, oldest)]);
  }
}

/** Without the bytes of a character whose beginning was dropped. */
function withoutCutStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < MAX_CHARACTER_BYTES && isContinuation(bytes[start])) start++;
  return bytes.subarray(start);
}

/** Without the bytes of a character whose rest was dropped. */
function withoutCutEnd(bytes: Buffer): Buffer {
  let lead = bytes.byteLength - 1;
  while (lead > bytes.byteLength - MAX_CHARACTER_BYTES && isContinuation(bytes[lead])) lead--;
  return bytes.byteLength - lead < characterBytes(bytes[lead]) ? bytes.subarray(0, lead) : bytes;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & CONTINUATION_MASK) === CONTINUATION;
}

// RFC 3629: the ones in front of a lead byte's first zero count the bytes of its character.
function characterBytes(lead = 0): number {
  if (lead >= 0b1111_0000) return 4;
  if (lead >= 0b1110_0000) return 3;
  return lead >= 0b1100_0000 ? 2 : 1;
}
