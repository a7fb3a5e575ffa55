// @ts-check
import { readSync } from "node:fs";
import { Socket } from "node:net";
import { Readable, Writable } from "node:stream";

/** Most that a pipe can hold: an unprivileged program may raise its own to /proc/sys/fs/pipe-max-size. */
const PIPE_BYTES = 1024 * 1024;

/** What a program writes, until it ends. */
export class OutputPipe extends Readable {
  #descriptor;
  #socket;
  #ended = false;

  /** @param {number} descriptor the non-blocking end for reading, closed by this stream */
  constructor(descriptor) {
    super({ autoDestroy: true });
    this.#descriptor = descriptor;
    this.#socket = new Socket({ fd: descriptor, readable: true, writable: false });
    this.#socket.on("data", (bytes) => {
      if (!this.push(bytes)) this.#socket.pause();
    });
    this.#socket.once("error", () => this.#end());
    this.#socket.once("end", () => this.#end());
    this.#socket.pause();
    this.on("error", () => {});
  }

  /** @override */
  _read() {
    if (!this.#ended) this.#socket.resume();
  }

  /**
   * @override
   * @param {Error | null} error
   * @param {(error: Error | null) => void} done
   */
  _destroy(error, done) {
    this.#ended = true;
    this.#socket.destroy();
    done(error);
  }

  /** Takes what the pipe holds now and ends: others who have it open, and may keep it open for ever, are not waited for. */
  finish() {
    if (this.#ended || this.destroyed) return;
    this.#socket.pause();
    while (this.#socket.read() !== null); // which emits what it reads as data, and that is pushed above
    for (let taken = 0; taken < PIPE_BYTES; ) {
      const bytes = this.#readNow();
      if (bytes.byteLength === 0) break;
      taken += bytes.byteLength;
      this.push(bytes);
    }
    this.#end();
  }

  #readNow() {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    try {
      return buffer.subarray(0, readSync(this.#descriptor, buffer));
    } catch {
      return buffer.subarray(0, 0); // EAGAIN: the pipe is empty
    }
  }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.destroy();
    this.push(null);
  }
}

/** What a program reads. What it no longer reads is dropped, as it is when a pipe's reader is gone. */
export class InputPipe extends Writable {
  #socket;

  /** @param {number} descriptor the non-blocking end for writing, closed by this stream */
  constructor(descriptor) {
    super({ autoDestroy: true });
    this.#socket = new Socket({ fd: descriptor, readable: false, writable: true });
    this.#socket.on("error", () => this.#socket.destroy());
    this.on("error", () => {});
  }

  /**
   * @override
   * @param {Buffer} bytes
   * @param {string} _encoding
   * @param {(error?: Error | null) => void} done
   */
  _write(bytes, _encoding, done) {
    if (this.#socket.destroyed) done();
    else this.#socket.write(bytes, () => done());
  }

  /**
   * @override
   * @param {(error?: Error | null) => void} done
   */
  _final(done) {
    this.#socket.destroy(); // its end() would wait for a peer, which a FIFO has not
    done();
  }

  /**
   * @override
   * @param {Error | null} error
   * @param {(error: Error | null) => void} done
   */
  _destroy(error, done) {
    this.#socket.destroy();
    done(error);
  }

  /** The program is gone: nothing is written any more, nobody waits. */
  finish() {
    this.#socket.destroy();
  }
}
