import type { Duplex } from "node:stream";
import { errorText, SdkError } from "../errors/sdk-error.ts";
import { parseJson } from "../util/json.ts";
import type { JsonObject } from "../util/json-types.ts";
import { LineSplitter, LineTooLongError } from "../util/line-splitter.ts";
import { FRAME_LIMITS, type Frame } from "./frame.ts";

/** Limits of a {@link FrameStream}, in bytes of a line without its newline. */
export interface FrameStreamOptions {
  /** @default 64 MiB */
  readonly maxReadBytes?: number;
  /** @default 16 MiB, what the reference reads */
  readonly maxWriteBytes?: number;
}

/** Reads and writes newline-delimited JSON objects on a byte stream, pulling: what is not asked for is not read. */
export class FrameStream {
  readonly stream: Duplex;
  /** Most bytes of a line written; raised when the peer announces that it reads more. */
  maxWriteBytes: number;
  readonly #splitter: LineSplitter;
  #pending: Buffer | undefined;
  #ended = false;

  constructor(stream: Duplex, options: FrameStreamOptions = {}) {
    this.stream = stream;
    this.maxWriteBytes = options.maxWriteBytes ?? FRAME_LIMITS.reference;
    this.#splitter = new LineSplitter(options.maxReadBytes ?? FRAME_LIMITS.own);
    stream.on("error", () => {}); // reported by the read or write that meets it
  }

  /**
   * The next frame; undefined at a clean end. A final line without its newline counts.
   *
   * @throws FRAME_INVALID for a line that is no JSON object, FRAME_TOO_LARGE, PEER_CLOSED for a stream that broke
   */
  async read(): Promise<JsonObject | undefined> {
    const line = await this.readLine();
    return line === undefined ? undefined : parseFrame(line);
  }

  /** {@link FrameStream.read} without the parsing: the bytes of a line, its newline not included. */
  async readLine(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#take() ?? (await this.#nextChunk());
      if (chunk === undefined) {
        const last = this.#splitter.flush();
        return last.byteLength === 0 ? undefined : last;
      }
      const split = this.#split(chunk);
      if (split === undefined) continue;
      if (split.rest.byteLength > 0) this.#pending = split.rest;
      return split.line;
    }
  }

  /** Most bytes of a line read from now on: a server reads little before it knows its peer. */
  set maxReadBytes(bytes: number) {
    this.#splitter.maxBytes = bytes;
  }

  /**
   * Writes one frame and resolves when the stream took it.
   *
   * @throws FRAME_TOO_LARGE before anything is written, PEER_CLOSED
   */
  async write(frame: Frame): Promise<void> {
    await this.writeLine(encodeFrame(frame));
  }

  /** {@link FrameStream.write} for a line that is encoded already. */
  async writeLine(line: Buffer): Promise<void> {
    if (line.byteLength - 1 > this.maxWriteBytes) {
      throw new SdkError({
        code: "FRAME_TOO_LARGE",
        message: `frame is ${line.byteLength - 1} bytes; the peer reads at most ${this.maxWriteBytes}`,
        details: { bytes: line.byteLength - 1, maxBytes: this.maxWriteBytes },
      });
    }
    await new Promise<void>((resolve, reject) => {
      if (!this.stream.writable) {
        reject(peerClosed("the connection is closed"));
        return;
      }
      // A stream destroyed with bytes in flight may drop the callback: its close is the other way this ends.
      const onClose = () => reject(peerClosed("the connection closed while a frame was written"));
      this.stream.once("close", onClose);
      this.stream.write(line, (error) => {
        this.stream.off("close", onClose);
        if (error) reject(peerClosed(errorText(error), error));
        else resolve();
      });
    });
  }

  /** Ends framing and gives the raw stream, with the bytes that were read too far put back. */
  detach(): Duplex {
    const rest = Buffer.concat([this.#splitter.flush(), this.#pending ?? Buffer.alloc(0)]);
    this.#pending = undefined;
    if (rest.byteLength > 0) this.stream.unshift(rest);
    return this.stream;
  }

  #take(): Buffer | undefined {
    const chunk = this.#pending;
    this.#pending = undefined;
    return chunk;
  }

  #split(chunk: Buffer): { line: Buffer; rest: Buffer } | undefined {
    try {
      return this.#splitter.push(chunk);
    } catch (error) {
      if (!(error instanceof LineTooLongError)) throw error;
      throw new SdkError({
        code: "FRAME_TOO_LARGE",
        message: error.message,
        details: { bytes: error.bytes, complete: error.complete, maxBytes: this.#splitter.maxBytes },
      });
    }
  }

  async #nextChunk(): Promise<Buffer | undefined> {
    if (this.#ended) return undefined;
    const chunk = this.stream.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (this.stream.readableEnded) return this.#end();
    if (this.stream.destroyed) throw peerClosed("the connection is closed", this.stream.errored ?? undefined);
    return await new Promise<Buffer | undefined>((resolve, reject) => {
      const settle = (act: () => void) => {
        this.stream.off("readable", onReadable).off("end", onEnd).off("close", onClose).off("error", onError);
        act();
      };
      const onReadable = () => {
        const next = this.stream.read() as Buffer | null;
        if (next !== null) settle(() => resolve(next));
      };
      const onEnd = () => settle(() => resolve(this.#end()));
      const onClose = () => settle(() => reject(peerClosed("the connection closed")));
      const onError = (error: Error) => settle(() => reject(peerClosed(errorText(error), error)));
      this.stream.on("readable", onReadable).on("end", onEnd).on("close", onClose).on("error", onError);
    });
  }

  #end(): undefined {
    this.#ended = true;
    return undefined;
  }
}

/** The line of a frame, newline included. */
export function encodeFrame(frame: Frame): Buffer {
  return Buffer.from(`${JSON.stringify(frame)}\n`, "utf8");
}

/**
 * The frame a line holds.
 *
 * @throws FRAME_INVALID
 */
export function parseFrame(line: Buffer): JsonObject {
  const text = line.toString("utf8");
  let value: ReturnType<typeof parseJson>;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new SdkError({ code: "FRAME_INVALID", message: `frame is not JSON: ${errorText(error)}`, cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SdkError({ code: "FRAME_INVALID", message: `frame is no JSON object: ${text.slice(0, 80)}` });
  }
  return value as JsonObject;
}

function peerClosed(message: string, cause?: unknown): SdkError {
  return new SdkError({ code: "PEER_CLOSED", message, cause });
}
