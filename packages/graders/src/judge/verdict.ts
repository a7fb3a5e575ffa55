/** What a judge's reply says, or what is wrong with it. */
export type Verdict = { readonly met: boolean; readonly reason: string } | { readonly problem: string };

const FENCES = /^```(?:json)?|```$/g;
// The whole word in capitals, with what negates it when that touches it: "not yet MET" and "isn't MET" count as met, as in the reference.
const WORD = /(?<![\p{L}\p{N}_])(UN[_-]?|[nN][oO][tT][\s_-]+)?MET(?![\p{L}\p{N}_])/gu;
const MAX_REASON = 200;

/** Reads a judge's reply: the JSON object it was asked for, else the bare word in its text. */
export function parseVerdict(reply: string): Verdict {
  const text = reply.trim().replace(FENCES, "").trim();
  const object = parseObject(text);
  return object === undefined ? scanned(text) : judged(object);
}

function judged(object: Readonly<Record<string, unknown>>): Verdict {
  const { criterion_status: status, explanation } = object;
  const word = typeof status === "string" ? status.toUpperCase() : undefined;
  if (word !== "MET" && word !== "UNMET") return { problem: 'its criterion_status was neither "MET" nor "UNMET"' };
  return { met: word === "MET", reason: typeof explanation === "string" ? explanation : "" };
}

function scanned(text: string): Verdict {
  const words = [...text.matchAll(WORD)];
  if (words.length === 0) return { problem: "it held no JSON object with a criterion_status" };
  return { met: words.every(([, negation]) => negation === undefined), reason: text.slice(0, MAX_REASON) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const start = text.indexOf("{");
  const end = text.lastIndexOf("}");
  if (start === -1 || end < start) return undefined;
  try {
    return JSON.parse(text.slice(start, end + 1)) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
