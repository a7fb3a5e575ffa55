/**
 * A text of at most `maxLength` UTF-16 units, from its beginning and its end, with a line between that says what is missing.
 * Halves of surrogate pairs become U+FFFD: some servers refuse them, and an answer must not choose whether it is judged.
 */
export function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return wellFormed(text);
  const head = Math.ceil(maxLength / 2);
  const start = text.slice(0, head);
  const end = text.slice(text.length - (maxLength - head));
  return `${wellFormed(start)}\n[${text.length - maxLength} characters left out]\n${wellFormed(end)}`;
}

function wellFormed(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
