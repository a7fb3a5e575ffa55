import { SdkError } from "../errors/sdk-error.ts";
import type { Capability } from "../spec/capability.ts";

/**
 * The one binding that `ref` means: by name, else by protocol (`ssh/2`) or family (`ssh`). Without `ref`, the one of the factory's protocol.
 *
 * @throws UNKNOWN_CAPABILITY for none or several, CAPABILITY_UNSUPPORTED for one that speaks another protocol than the factory
 */
export function matchCapability(bindings: readonly Capability[], protocol: string, ref = protocol): Capability {
  const named = bindings.filter((binding) => binding.name === ref);
  const found = named.length > 0 ? named : bindings.filter((binding) => speaks(binding, ref));
  const [binding] = found;
  if (binding === undefined || found.length > 1)
    throw unknown(ref, found.length > 1 ? found : bindings, found.length > 1);
  if (speaks(binding, protocol)) return binding;
  throw new SdkError({
    code: "CAPABILITY_UNSUPPORTED",
    message: `capability '${binding.name}' speaks ${binding.protocol}, the client ${protocol}`,
  });
}

function speaks(binding: Capability, protocol: string): boolean {
  return binding.protocol === protocol || binding.protocol.split("/", 1)[0] === protocol;
}

function unknown(ref: string, bindings: readonly Capability[], ambiguous: boolean): SdkError {
  const names = bindings.map((binding) => `${binding.name} (${binding.protocol})`).join(", ");
  if (ambiguous) {
    return new SdkError({
      code: "UNKNOWN_CAPABILITY",
      message: `capability '${ref}' is ambiguous: ${names}`,
      hint: "Name one of them.",
    });
  }
  return new SdkError({
    code: "UNKNOWN_CAPABILITY",
    message: `no capability '${ref}'; the environment exposes ${names === "" ? "none" : names}`,
  });
}
