const DIGIT = /\p{Nd}/u;
const DIGITS = /[^\P{Nd}0-9]/gu;
const PLAIN = String.raw`\d+\.?\d*|\.\d+`;
// Groups of three all the way: `1,23`, `1,2345`, `0,123` and `1,234,56` are something else, and so is `1234,567`.
const GROUPED = String.raw`(?<!\d)[1-9]\d{0,2}(?:,\d{3})+(?!,?\d)(?:\.\d*)?`;
const EXPONENT = String.raw`(?:[eE][+-]?\d+)?`;

const FORMS = {
  comma: new RegExp(`[+-]?(?:${GROUPED}|${PLAIN})${EXPONENT}`),
  none: new RegExp(`[+-]?(?:${PLAIN})${EXPONENT}`),
} as const;

/** How digits may be grouped: `1,234.5` with commas as thousands separators, or not at all. */
export type DigitGrouping = keyof typeof FORMS;

/** The first number in a text, as a double (infinite when its exponent overflows), or undefined when there is none. */
export function findNumber(text: string, grouping: DigitGrouping): number | undefined {
  const found = FORMS[grouping].exec(text.replace(DIGITS, asciiDigit))?.[0];
  return found === undefined ? undefined : Number(found.replaceAll(",", ""));
}

// Unicode keeps decimal digits in runs of ten from zero to nine; where runs touch, the distance modulo ten still tells.
function asciiDigit(digit: string): string {
  const codePoint = digit.codePointAt(0) ?? 0;
  let start = codePoint;
  while (DIGIT.test(String.fromCodePoint(start - 1))) start--;
  return String((codePoint - start) % 10);
}
