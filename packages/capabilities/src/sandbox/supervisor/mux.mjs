// @ts-check
import { MuxStream } from "./mux-stream.mjs";

const HEADER_BYTES = 9;

/** Longest frame: a message with a whole environment in it; anything beyond is not one of ours. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

const FRAME = { message: 0, data: 1, credit: 2, end: 3, reset: 4 };

const NOTHING = Buffer.alloc(0);

/**
 * Messages and many streams over one duplex channel.
 * A frame is: length of its payload (4 bytes), kind (1), stream (4), payload; numbers are big-endian.
 */
export class Mux {
  #channel;
  #handlers;
  /** @type {Map<number, MuxStream>} */
  #streams = new Map();
  /** @type {Buffer} */
  #pending = NOTHING;
  #lost = false;

  /**
   * @param {import("node:stream").Duplex} channel
   * @param {{ message: (message: unknown) => void, lost: (cause: Error | undefined) => void }} handlers
   */
  constructor(channel, handlers) {
    this.#channel = channel;
    this.#handlers = handlers;
    channel.on("data", (/** @type {Buffer} */ bytes) => this.#receive(bytes));
    channel.on("error", (/** @type {Error} */ error) => this.#lose(error));
    channel.on("close", () => this.#lose());
    channel.on("end", () => this.#lose());
  }

  /**
   * A stream of the number that both sides agreed on.
   *
   * @param {number} id
   * @param {{ readable: boolean, writable: boolean }} directions
   */
  open(id, directions) {
    const stream = new MuxStream(
      {
        data: (bytes) => this.#send(FRAME.data, id, bytes),
        credit: (count) => this.#send(FRAME.credit, id, uint32(count)),
        end: () => this.#send(FRAME.end, id, NOTHING),
        reset: () => {
          this.#streams.delete(id);
          this.#send(FRAME.reset, id, NOTHING);
        },
      },
      directions,
    );
    this.#streams.set(id, stream);
    stream.once("close", () => this.#streams.delete(id));
    if (this.#lost) stream.destroy();
    return stream;
  }

  /** @param {unknown} message */
  send(message) {
    this.#send(FRAME.message, 0, Buffer.from(JSON.stringify(message)));
  }

  /**
   * Ends the channel and every stream.
   *
   * @param {Error} cause
   */
  close(cause) {
    this.#lose(cause);
    for (const stream of this.#streams.values()) stream.destroy(cause);
  }

  /**
   * Nothing comes or goes any more. What the streams are told is up to the one who closes, who may know why.
   *
   * @param {Error} [cause]
   */
  #lose(cause) {
    if (this.#lost) return;
    this.#lost = true;
    this.#channel.destroy();
    this.#handlers.lost(cause);
  }

  /**
   * @param {number} kind
   * @param {number} id
   * @param {Buffer} payload
   */
  #send(kind, id, payload) {
    if (this.#lost) return;
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt32BE(payload.byteLength, 0);
    header.writeUInt8(kind, 4);
    header.writeUInt32BE(id, 5);
    this.#channel.cork();
    this.#channel.write(header);
    if (payload.byteLength > 0) this.#channel.write(payload);
    this.#channel.uncork();
  }

  /** @param {Buffer} bytes */
  #receive(bytes) {
    let rest = this.#pending.byteLength === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (rest.byteLength >= HEADER_BYTES && !this.#lost) {
      const length = rest.readUInt32BE(0);
      if (length > MAX_FRAME_BYTES)
        return this.#lose(new Error(`a frame of ${length} bytes, at most ${MAX_FRAME_BYTES} expected`));
      if (rest.byteLength < HEADER_BYTES + length) break;
      this.#dispatch(rest.readUInt8(4), rest.readUInt32BE(5), rest.subarray(HEADER_BYTES, HEADER_BYTES + length));
      rest = rest.subarray(HEADER_BYTES + length);
    }
    this.#pending = rest;
  }

  /**
   * @param {number} kind
   * @param {number} id
   * @param {Buffer} payload
   */
  #dispatch(kind, id, payload) {
    if (kind === FRAME.message) return this.#handlers.message(JSON.parse(payload.toString("utf8")));
    const stream = this.#streams.get(id); // absent: it closed here while this was under way
    if (stream === undefined) return;
    if (kind === FRAME.data && !stream.receive(payload)) this.#lose(new Error("more was sent than there was room for"));
    else if (kind === FRAME.credit) stream.receiveCredit(payload.readUInt32BE(0));
    else if (kind === FRAME.end) stream.receiveEnd();
    else if (kind === FRAME.reset) stream.receiveReset();
  }
}

/** @param {number} value */
function uint32(value) {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
