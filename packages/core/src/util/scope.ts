/**
 * Owns resources whose lives end together: disposed in reverse order, once, however many callers close it.
 * A disposer that fails does not keep the others from running; the failures are thrown together at the end.
 */
export class Scope implements AsyncDisposable {
  readonly #disposers: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  /** Adds a disposer; on a closed scope it runs at once, so that a late resource is not leaked. */
  async add(dispose: () => unknown): Promise<void> {
    if (this.#closing !== undefined) await dispose();
    else this.#disposers.push(dispose);
  }

  /** Adopts a resource and returns it. */
  use<T extends AsyncDisposable>(resource: T): T {
    if (this.#closing !== undefined) throw new Error("scope is closed");
    this.#disposers.push(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  close(): Promise<void> {
    this.#closing ??= this.#run();
    return this.#closing;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (let dispose = this.#disposers.pop(); dispose !== undefined; dispose = this.#disposers.pop()) {
      try {
        await dispose();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} resources failed to close`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
