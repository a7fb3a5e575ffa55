import { errorText } from "../../errors/sdk-error.ts";
import type { ErrorCode } from "../../errors/table.ts";
import { WIRE_CODES } from "../../wire/frame.ts";
import { outsideFailure } from "../../wire/outside-failure.ts";

/** A request that is answered with an error frame of this code and text. */
export class Refusal extends Error {
  readonly code: number;
  /** Who is to blame, where it is neither the environment nor the agent. */
  readonly outside: ErrorCode | undefined;

  constructor(code: keyof typeof WIRE_CODES, message: string, outside?: ErrorCode) {
    super(message);
    this.name = "Refusal";
    this.code = WIRE_CODES[code];
    this.outside = outside;
  }
}

/** The refusal that tells the peer about anything thrown. */
export function toRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal("failure", errorText(error), outsideFailure(error));
}
