import { errorText } from "../../errors/sdk-error.ts";
import { WIRE_CODES } from "../../wire/frame.ts";

/** A request that is answered with an error frame of this code and text. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: keyof typeof WIRE_CODES, message: string) {
    super(message);
    this.name = "Refusal";
    this.code = WIRE_CODES[code];
  }
}

/** The refusal that tells the peer about anything thrown. */
export function toRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal("failure", errorText(error));
}
