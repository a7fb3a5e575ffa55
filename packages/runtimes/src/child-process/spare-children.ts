import { Child, type ChildOptions } from "./child.ts";

/** Keeps children that wait for a job, with the SDK loaded and no user code. Closing ends those not taken. */
export class SpareChildren implements AsyncDisposable {
  readonly #options: ChildOptions;
  readonly #size: number;
  #waiting: Child[] = [];
  #closed = false;

  constructor(options: ChildOptions, size: number) {
    this.#options = options;
    this.#size = size;
    this.refill();
  }

  /** A child of the caller's own: one that waited, or a new one. */
  take(): Child {
    for (let child = this.#waiting.shift(); child !== undefined; child = this.#waiting.shift()) {
      if (child.ending === undefined) return child;
    }
    return new Child(this.#options);
  }

  /** Starts what is missing. Called once the taken child serves, so that the two do not compete for the processor. */
  refill(): void {
    while (!this.#closed && this.#waiting.length < this.#size) this.#waiting.push(new Child(this.#options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    await Promise.all(waiting.map((child) => child.close()));
  }
}
