// The reference compares texts with Python's `re` and `str`: their classes, which differ from JavaScript's \w and \s.

/** Inside a class: what Python's `\w` matches. Letters, every kind of number, `_`; no combining marks. */
export const WORD = "\\p{L}\\p{N}_";

/** Inside a class: what Python's `\s` and `str.strip` take for whitespace. U+001C-1F and U+0085 are, U+FEFF is not. */
export const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const BLANK = new RegExp(`[${SPACE}]`, "u");

/** Without the whitespace at both ends, as Python's `str.strip`. */
export function strip(text: string): string {
  // By hand: `[…]+$` as a pattern takes quadratic time on a long run of blanks inside, and answers come from anyone.
  let start = 0;
  let end = text.length;
  while (start < end && BLANK.test(text.charAt(start))) start++;
  while (end > start && BLANK.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
