import { answerText } from "./answer-text.ts";

/** How the `contains` functions compare. */
export interface ContainsOptions {
  /** @default false */
  readonly caseSensitive?: boolean;
}

/**
 * Whether `part` stands anywhere in the answer. No normalisation: punctuation and articles count.
 *
 * @param answer read as {@link answerText} says
 * @returns 1 or 0
 */
export function contains(answer: unknown, part: string, options: ContainsOptions = {}): number {
  return containsAll(answer, [part], options);
}

/**
 * Whether at least one of `parts` stands in the answer.
 *
 * @returns 1 or 0; 0 for no parts
 */
export function containsAny(answer: unknown, parts: readonly string[], options: ContainsOptions = {}): number {
  return parts.some(standsIn(answer, options)) ? 1 : 0;
}

/**
 * Whether each of `parts` stands in the answer.
 *
 * @returns 1 or 0; 1 for no parts
 */
export function containsAll(answer: unknown, parts: readonly string[], options: ContainsOptions = {}): number {
  return parts.every(standsIn(answer, options)) ? 1 : 0;
}

function standsIn(answer: unknown, options: ContainsOptions): (part: string) => boolean {
  const fold = (text: string) => ((options.caseSensitive ?? false) ? text : text.toLowerCase());
  const text = fold(answerText(answer));
  return (part) => text.includes(fold(part));
}
