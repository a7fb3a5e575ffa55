const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(?:'((?:\\'|[^'])*)'|"((?:\\[\s\S]|[^"\\])*)"|([^\n#]*?))[ \t]*(?:#[^\n]*)?$/gm;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", $: "$" };

/**
 * The pairs of an environment file: `KEY=value`, `export KEY=value`, single quotes literal (`\'` for a quote),
 * double quotes with `\n`, `\"` and the like, both over several lines; `#` begins a comment outside quotes.
 * The last of several equal keys wins.
 */
export function parseDotenv(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const [, key, single, double, bare] of text.replaceAll("\r\n", "\n").matchAll(ASSIGNMENT)) {
    if (key === undefined) continue;
    pairs[key] =
      single?.replaceAll("\\'", "'") ??
      double?.replace(/\\([\s\S])/g, (all, character: string) => ESCAPES[character] ?? all) ??
      bare ??
      "";
  }
  return pairs;
}

/** The file's text with `key` set; every other line stays as it was. */
export function setDotenvKey(text: string, key: string, value: string): string {
  const line = `${key}=${quoted(value)}`;
  let written = false;
  const kept = text.replace(ASSIGNMENT, (assignment, name: string) => {
    if (name !== key) return assignment;
    const replacement = written ? "" : line;
    written = true;
    return replacement;
  });
  if (written) return kept;
  return `${kept}${kept === "" || kept.endsWith("\n") ? "" : "\n"}${line}\n`;
}

// Single quotes read the same everywhere; what they cannot hold for certain goes into double quotes, escaped.
function quoted(value: string): string {
  return /['\\]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : `'${value}'`;
}
