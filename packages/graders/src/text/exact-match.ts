import { answerText } from "./answer-text.ts";
import { normalize } from "./normalize.ts";
import { strip } from "./python-text.ts";

/** How {@link exactMatch} compares. */
export interface ExactMatchOptions {
  /** Compare normalised texts; false compares trimmed, lower-cased ones. @default true */
  readonly normalize?: boolean;
}

/**
 * Whether the answer is the expected text.
 *
 * @param answer read as {@link answerText} says
 * @returns 1 or 0
 */
export function exactMatch(answer: unknown, expected: unknown, options: ExactMatchOptions = {}): number {
  const form = (options.normalize ?? true) ? normalize : trimmedLowerCase;
  return form(answer) === form(expected) ? 1 : 0;
}

function trimmedLowerCase(value: unknown): string {
  return strip(answerText(value)).toLowerCase();
}
