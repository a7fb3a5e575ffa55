import { answerText } from "./answer-text.ts";
import { SPACE, strip, WORD } from "./python-text.ts";

const NEITHER_WORD_NOR_SPACE = new RegExp(`[^${WORD}${SPACE}]`, "gu");
const ARTICLE = new RegExp(`(?<![${WORD}])(?:a|an|the)(?![${WORD}])`, "gu");
const SPACES = new RegExp(`[${SPACE}]+`, "gu");

/**
 * A text without what rarely matters: lower case, no punctuation, no English articles, single spaces.
 * The same steps as SQuAD's normalisation and the reference's, on Unicode letters and numbers.
 *
 * @param answer read as {@link answerText} says
 *
 * @example
 * ```ts
 * import { normalize } from "@hud-ts/graders";
 *
 * normalize("  The Answer is: 42! "); // "answer is 42"
 * ```
 */
export function normalize(answer: unknown): string {
  const words = answerText(answer).toLowerCase().replace(NEITHER_WORD_NOR_SPACE, " ").replace(ARTICLE, " ");
  return strip(words.replace(SPACES, " "));
}
