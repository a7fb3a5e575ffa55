// @ts-check
import { closeSync, constants, fchmodSync, openSync, readSync } from "node:fs";
import { HELD_TEXT_BYTES, heldPipes, namedPipes } from "./pipe-sources.mjs";

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = constants;

/** Pipes kept ready: a program takes three, one with a terminal four. */
const SPARE = 8;

const ATTEMPTS = 64;

/**
 * Two descriptors of one pipe: ours never blocks, the program's does.
 *
 * @typedef {{ readonly ours: number, readonly theirs: number }} Pipe
 */

/**
 * Real pipes for programs. Node would give them sockets, on which /dev/stdin and /dev/stdout cannot be opened and which
 * make bash take itself for a remote shell.
 */
export class Pipes {
  #onLinux = process.platform === "linux";
  /** @type {import("./pipe-sources.mjs").NamedPipe[]} */
  #spare = [];
  /** @type {Promise<void> | undefined} */
  #making;
  #closed = false;

  constructor() {
    this.#prepare();
  }

  /** A pipe that the program reads from. */
  takeInput() {
    return this.#take((path) => {
      const holder = openSync(path, O_RDWR | O_NONBLOCK); // so that neither end of a FIFO waits for the other
      try {
        const theirs = this.#empty(openSync(path, O_RDONLY));
        return { theirs, ours: openSync(path, O_WRONLY | O_NONBLOCK) };
      } finally {
        closeSync(holder);
      }
    });
  }

  /** A pipe that the program writes to. */
  takeOutput() {
    return this.#take((path) => {
      const ours = this.#empty(openSync(path, O_RDONLY | O_NONBLOCK));
      return { ours, theirs: openSync(path, O_WRONLY) };
    });
  }

  /** Lets go of what is kept ready, or being made ready. */
  close() {
    this.#closed = true;
    for (const pipe of this.#spare.splice(0)) pipe.release();
  }

  /**
   * @param {(path: string) => Pipe} open
   * @returns {Promise<Pipe>}
   */
  async #take(open) {
    for (let attempt = 1; ; attempt++) {
      const named = this.#spare.pop();
      if (this.#spare.length < SPARE) this.#prepare();
      if (named === undefined) await this.#making;
      else if (named.alive()) {
        try {
          return open(named.path);
        } catch (error) {
          if (attempt === ATTEMPTS) throw error; // else its holder was killed along with everything, and is not yet known to be gone
        } finally {
          named.release();
        }
      }
    }
  }

  /** @param {number} reader */
  #empty(reader) {
    if (this.#onLinux) readSync(reader, Buffer.alloc(HELD_TEXT_BYTES));
    fchmodSync(reader, 0o666); // the program may be another user, and open it by name
    return reader;
  }

  #prepare() {
    this.#making ??= (this.#onLinux ? heldPipes() : namedPipes())
      .then((pipes) => {
        this.#spare.push(...pipes);
        if (this.#closed) this.close();
      })
      .finally(() => {
        this.#making = undefined;
      });
    this.#making.catch(() => {}); // told to the one who waits for it
  }
}
