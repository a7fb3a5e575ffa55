import { SdkError } from "../errors/sdk-error.ts";
import type { Capability } from "../spec/capability.ts";
import { checkCapability } from "./capability.ts";

/** What an environment exposes, in the order of publication: declared for good, or published by a start and gone with its stop. */
export class Bindings {
  readonly #declared = new Map<string, Capability>();
  #live: Map<string, Capability> | undefined;
  readonly #attached = new Map<object, ReadonlySet<string>>();

  list(): readonly Capability[] {
    return [...this.#current.values()];
  }

  /** What is published from now on lasts until {@link end}. */
  begin(): void {
    this.#live = new Map(this.#declared);
  }

  end(): void {
    this.#live = undefined;
    this.#attached.clear();
  }

  /** Publishes one capability; a name in use is replaced and moves to the end. */
  publish(capability: Capability): void {
    checkCapability(capability);
    this.#current.delete(capability.name);
    this.#current.set(capability.name, capability);
  }

  /** Publishes all that a daemon serves, in place of what the same daemon served before. */
  publishFrom(daemon: object, capabilities: readonly Capability[]): void {
    const before = this.#attached.get(daemon) ?? new Set();
    const names = new Set<string>();
    for (const capability of capabilities) {
      const { name } = checkCapability(capability);
      if (names.has(name) || (this.#current.has(name) && !before.has(name))) {
        throw new SdkError({
          code: "INVALID_OPTION",
          message: `capability '${name}' is already attached`,
          hint: "give each daemon a name of its own",
        });
      }
      names.add(name);
    }
    for (const name of before) if (!names.has(name)) this.#current.delete(name);
    for (const capability of capabilities) this.#current.set(capability.name, capability);
    this.#attached.set(daemon, names);
  }

  get #current(): Map<string, Capability> {
    return this.#live ?? this.#declared;
  }
}
