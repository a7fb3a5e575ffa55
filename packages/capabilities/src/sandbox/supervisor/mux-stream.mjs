// @ts-check
import { Duplex } from "node:stream";

/** Bytes one side may send before the other has taken some. */
export const WINDOW_BYTES = 256 * 1024;

/** Longest piece of one stream, so that streams take turns. */
const CHUNK_BYTES = 64 * 1024;

/**
 * What a stream needs of its multiplexer.
 *
 * @typedef {object} StreamPeer
 * @property {(bytes: Buffer) => void} data
 * @property {(count: number) => void} credit the other side may send so many bytes more
 * @property {() => void} end
 * @property {() => void} reset nothing more is sent or wanted
 */

/**
 * One of many streams over a shared channel. It sends only what the other side has room for,
 * and asks for more only as its own reader takes what came.
 */
export class MuxStream extends Duplex {
  /** @type {StreamPeer} */
  #peer;
  #credit = WINDOW_BYTES;
  /** @type {{ bytes: Buffer, done: (error?: Error | null) => void } | undefined} */
  #unsent;
  /** @type {Buffer[]} */
  #arrived = [];
  /** Bytes the other side has sent and not been given credit for. */
  #owed = 0;
  #taken = 0;
  #wanted = false;
  #endArrived = false;
  #endSent = false;
  #discarding = false;

  /**
   * @param {StreamPeer} peer
   * @param {{ readable: boolean, writable: boolean }} directions
   */
  constructor(peer, directions) {
    super({ ...directions, allowHalfOpen: true });
    this.#peer = peer;
    this.#endArrived = !directions.readable;
    this.#endSent = !directions.writable;
    this.on("error", () => {}); // a lost channel must not end a process whose code holds a stream it no longer looks at
  }

  /**
   * @override
   * @param {Buffer} bytes
   * @param {string} _encoding
   * @param {(error?: Error | null) => void} done
   */
  _write(bytes, _encoding, done) {
    this.#unsent = { bytes, done };
    this.#send();
  }

  /**
   * @override
   * @param {(error?: Error | null) => void} done
   */
  _final(done) {
    if (!this.#endSent) this.#peer.end();
    this.#endSent = true;
    done();
  }

  /** @override */
  _read() {
    this.#wanted = true;
    this.#deliver();
  }

  /**
   * @override
   * @param {Error | null} error
   * @param {(error: Error | null) => void} done
   */
  _destroy(error, done) {
    if (!this.#endSent || !this.#endArrived) this.#peer.reset();
    this.#arrived = [];
    const unsent = this.#unsent;
    this.#unsent = undefined;
    unsent?.done(error);
    done(error);
  }

  /**
   * The other side sent bytes; false when it sent more than it was allowed to.
   *
   * @param {Buffer} bytes
   */
  receive(bytes) {
    this.#owed += bytes.byteLength;
    if (this.#owed > WINDOW_BYTES) return false;
    this.#arrived.push(bytes);
    this.#deliver();
    return true;
  }

  /** @param {number} count */
  receiveCredit(count) {
    this.#credit += count;
    this.#send();
  }

  receiveEnd() {
    this.#endArrived = true;
    this.#deliver();
  }

  /** Nobody reads on the other side any more: what is written from now on is dropped, and nobody waits. */
  discard() {
    if (this.#discarding || this.destroyed) return;
    this.#discarding = true;
    if (!this.#endSent) this.#peer.reset();
    this.#endSent = true;
    this.#send();
  }

  receiveReset() {
    const broken = !this.#endArrived;
    this.#endArrived = true;
    this.#endSent = true;
    if (broken) this.destroy(Object.assign(new Error("the other side closed the stream"), { code: "ECONNRESET" }));
    else this.destroy();
  }

  #send() {
    if (this.#discarding) {
      this.#unsent?.done();
      this.#unsent = undefined;
    }
    while (this.#unsent !== undefined && this.#credit > 0) {
      const { bytes, done } = this.#unsent;
      const count = Math.min(bytes.byteLength, this.#credit, CHUNK_BYTES);
      this.#credit -= count;
      this.#peer.data(bytes.subarray(0, count));
      if (count < bytes.byteLength) {
        this.#unsent = { bytes: bytes.subarray(count), done };
      } else {
        this.#unsent = undefined;
        done();
      }
    }
  }

  #deliver() {
    while (this.#wanted && this.#arrived.length > 0) {
      const bytes = /** @type {Buffer} */ (this.#arrived.shift());
      this.#taken += bytes.byteLength;
      this.#wanted = this.push(bytes);
    }
    if (this.#endArrived && this.#arrived.length === 0) this.push(null);
    else if (this.#taken >= WINDOW_BYTES / 2) this.#giveCredit();
  }

  #giveCredit() {
    this.#owed -= this.#taken;
    this.#peer.credit(this.#taken);
    this.#taken = 0;
  }
}
