import type { SubScore } from "@hud-ts/core/spec";

/**
 * The value of verdicts: what was earned, penalties taken off, of the positive weights; with penalties alone,
 * what they leave of 1. In [0, 1].
 */
export function judgeValue(verdicts: readonly SubScore[]): number {
  const sum = (terms: readonly number[]) => terms.reduce((total, term) => total + term, 0);
  const positive = sum(verdicts.map(({ weight }) => Math.max(0, weight)));
  const negative = sum(verdicts.map(({ weight }) => Math.max(0, -weight)));
  const earned = sum(verdicts.map(({ value, weight }) => value * weight));
  if (positive > 0) return clamp(earned / positive);
  return negative > 0 ? clamp(1 + earned / negative) : 0;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
