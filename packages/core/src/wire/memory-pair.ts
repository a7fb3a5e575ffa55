import { Duplex } from "node:stream";

/**
 * Two streams joined in memory, each reading what the other writes, that end like two TCP sockets do: `end()` is a half-close,
 * `destroy()` an end of file for the other side (a reset when it left bytes unread), `destroy(error)` a reset.
 * Who takes an end closes it.
 */
export function memoryPair(): readonly [Duplex, Duplex] {
  const a = new MemoryEnd();
  const b = new MemoryEnd();
  a.join(b);
  b.join(a);
  for (const end of [a, b]) end.on("error", () => {}); // met by the next read or write, as with a dialled socket
  return [a, b];
}

class MemoryEnd extends Duplex {
  #peer: MemoryEnd | undefined;
  #readingEnded = false;
  /** The peer's write that waits until this end is read. */
  #waitingWrite: ((error?: Error | null) => void) | undefined;

  join(peer: MemoryEnd): void {
    this.#peer = peer;
  }

  override _read(): void {
    const done = this.#waitingWrite;
    this.#waitingWrite = undefined;
    done?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const peer = this.#peer;
    if (peer === undefined || peer.destroyed) done(systemError("EPIPE", "the other end is closed"));
    else if (chunk.byteLength === 0 || peer.push(chunk)) done();
    else peer.#waitingWrite = done;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#peer?.endReading();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const peer = this.#peer;
    const unread = this.readableLength > 0 || this.#waitingWrite !== undefined;
    this.#waitingWrite?.(systemError("EPIPE", "the other end closed before it read this"));
    this.#waitingWrite = undefined;
    if (error !== null || unread) peer?.destroy(systemError("ECONNRESET", "the other end was reset"));
    else peer?.endReading();
    done(error);
  }

  endReading(): void {
    if (this.#readingEnded || this.destroyed) return;
    this.#readingEnded = true;
    this.push(null);
  }
}

function systemError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
