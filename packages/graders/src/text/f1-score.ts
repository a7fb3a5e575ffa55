import { normalize } from "./normalize.ts";

/**
 * Overlap of two texts as bags of normalised words: the harmonic mean of precision and recall.
 *
 * @param answer read as {@link answerText} says
 * @returns in [0, 1]; 0 when either text has no words
 * @see https://rajpurkar.github.io/SQuAD-explorer/ for the measure
 */
export function f1Score(answer: unknown, reference: unknown): number {
  const given = words(answer);
  const wanted = words(reference);
  const overlap = commonCount(given, wanted);
  if (overlap === 0) return 0;
  const precision = overlap / given.length;
  const recall = overlap / wanted.length;
  return (2 * precision * recall) / (precision + recall);
}

function words(value: unknown): readonly string[] {
  return normalize(value)
    .split(" ")
    .filter((word) => word !== "");
}

function commonCount(given: readonly string[], wanted: readonly string[]): number {
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of given) {
    const remaining = left.get(word) ?? 0;
    if (remaining === 0) continue;
    left.set(word, remaining - 1);
    common++;
  }
  return common;
}
