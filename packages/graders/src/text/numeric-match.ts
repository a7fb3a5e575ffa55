import { SdkError } from "@hud-ts/core/adapter";
import { answerText } from "./answer-text.ts";
import { type DigitGrouping, findNumber } from "./find-number.ts";

/** How {@link numericMatch} reads and compares. */
export interface NumericMatchOptions {
  /** Largest absolute difference that still counts, in the number's own unit. @default 0 */
  readonly tolerance?: number;
  /** `"comma"` reads `1,234.5` as 1234.5 where every group is of three digits; `"none"` reads 1, as the reference does. @default "comma" */
  readonly grouping?: DigitGrouping;
}

/**
 * Whether the first number in the answer is the expected one. Signs, decimals, exponents and any Unicode decimal digits are
 * understood; a text without a number, or with one too large for a double, matches nothing.
 * The difference is plain double arithmetic: 10.05 is not within 0.05 of 10.
 *
 * @param answer read as {@link answerText} says
 * @returns 1 or 0
 * @throws INVALID_OPTION when `expected` or the tolerance is not a number, or the tolerance is negative
 *
 * @example
 * ```ts
 * import { numericMatch } from "@hud-ts/graders";
 *
 * numericMatch("It costs 1,234.50 euros", 1234.5); // 1
 * ```
 */
export function numericMatch(answer: unknown, expected: number, options: NumericMatchOptions = {}): number {
  const { tolerance = 0, grouping = "comma" } = options;
  checkNumbers(expected, tolerance);
  const found = findNumber(answerText(answer), grouping);
  if (found === undefined || !Number.isFinite(found)) return 0;
  return Math.abs(found - expected) <= tolerance ? 1 : 0;
}

function checkNumbers(expected: number, tolerance: number): void {
  if (typeof expected !== "number" || Number.isNaN(expected)) {
    throw new SdkError({ code: "INVALID_OPTION", message: `numericMatch: expected must be a number, got ${expected}` });
  }
  if (typeof tolerance !== "number" || !(tolerance >= 0)) {
    throw new SdkError({
      code: "INVALID_OPTION",
      message: `numericMatch: tolerance must be at least 0, got ${tolerance}`,
    });
  }
}
