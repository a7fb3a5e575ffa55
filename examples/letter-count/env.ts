import { Environment } from "@hud-ts/core";
import { combine, numericMatch, score } from "@hud-ts/graders";
import { z } from "zod";

export const env = new Environment({ name: "letter-count" });

/** How often each letter occurs, by lower-case letter. */
function letterCounts(word: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const letter of word.toLowerCase()) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return counts;
}

// The first task: a text in, a number out.
export const countLetter = env.template({
  id: "count-letter",
  description: "Count how often a letter occurs in a word.",
  args: z.object({ word: z.string().min(1), letter: z.string().length(1) }),
  solution: ({ word, letter }) => String(letterCounts(word).get(letter.toLowerCase()) ?? 0),
})(async function* ({ word, letter }) {
  const answer = yield `How many times does the letter "${letter}" occur in "${word}"? Answer with the number alone.`;
  yield numericMatch(answer, letterCounts(word).get(letter.toLowerCase()) ?? 0);
});

// The same with a typed answer: what comes back is validated before it is graded, and partial work earns partial credit.
export const countLetters = env.template({
  id: "count-letters",
  description: "Count every letter of a word; answer as JSON.",
  args: z.object({ word: z.string().min(1) }),
  returns: z.record(z.string(), z.number().int()),
  solution: ({ word }) => Object.fromEntries(letterCounts(word)),
})(async function* ({ word }) {
  const answer = yield [
    `Count how often each letter occurs in "${word}".`,
    `Answer with a JSON object from lower-case letter to count, such as {"a": 2}, and nothing else.`,
  ].join("\n");
  if (!answer.ok) {
    yield 0;
    return;
  }
  const expected = letterCounts(word);
  const right = [...expected].filter(([letter, count]) => answer.content[letter] === count).length;
  const extra = Object.keys(answer.content).filter((letter) => !expected.has(letter)).length;
  yield await combine(
    score("letters counted", right / expected.size, { weight: 1 }),
    score("letters invented", Math.min(1, extra / expected.size), { weight: -0.5 }),
  );
});
